import { until } from "./until.ts";

const clientCount = 4;

/** For tests: clients that ask one after another without end, and note what went wrong. */
export class SteadyLoad {
  /** How often each body was answered. */
  readonly answers = new Map<string, number>();
  private readonly faults: string[] = [];
  private readonly clients: Promise<void>[];
  private isStopped = false;

  private constructor(private readonly url: string) {
    this.clients = Array.from({ length: clientCount }, () => this.ask());
  }

  static start(url: string): SteadyLoad {
    return new SteadyLoad(url);
  }

  /** Resolves after so many more answers. */
  async answered(count: number): Promise<void> {
    const wanted = this.total() + count;
    await until(`${count} more answers`, () => this.total() >= wanted);
  }

  /** Resolves with all that was no 200. */
  async stop(): Promise<readonly string[]> {
    this.isStopped = true;
    await Promise.all(this.clients);
    return this.faults;
  }

  private async ask(): Promise<void> {
    while (!this.isStopped) {
      try {
        const response = await fetch(this.url);
        const body = await response.text();
        if (response.status === 200) this.answers.set(body, (this.answers.get(body) ?? 0) + 1);
        else this.faults.push(`${response.status} ${body}`);
      } catch (error) {
        this.faults.push((error as Error).message);
      }
      await Bun.sleep(1);
    }
  }

  private total(): number {
    return [...this.answers.values()].reduce((sum, count) => sum + count, 0);
  }
}
