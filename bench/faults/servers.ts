import { join } from "node:path";
import { freePorts } from "../peers/free-port.ts";
import type { SiteTarget } from "../peers/peer.ts";
import type { Behaviour, FromServer } from "./behaviour.ts";

const program = join(import.meta.dir, "server.ts");
const readyTimeoutMs = 20_000;

/** One server, whatever becomes of its process. */
export class FaultyServer implements SiteTarget {
  private child: Bun.Subprocess | undefined;
  private heard = Promise.withResolvers<void>();

  private constructor(
    readonly id: string,
    readonly port: number,
    private readonly seed: number,
    private readonly journal: string | undefined,
  ) {}

  /** `count` servers that are up; the n-th one's service times come from `seed + n`, its journal is the n-th file. */
  static async startAll(
    count: number,
    seed: number,
    journals: readonly string[] = [],
  ): Promise<readonly FaultyServer[]> {
    const servers = freePorts(count).map(
      (port, index) => new FaultyServer(`s-${index + 1}`, port, seed + index, journals[index]),
    );
    await Promise.all(servers.map((server) => server.start()));
    return servers;
  }

  /** Starts its process, on its port; sound, whatever it was before. */
  async start(): Promise<void> {
    const command = [process.execPath, program, `${this.port}`, this.id, `${this.seed}`];
    if (this.journal !== undefined) command.push(this.journal);
    this.heard = Promise.withResolvers();
    this.child = Bun.spawn(command, {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "inherit",
      ipc: (_message: FromServer) => this.heard.resolve(),
    });
    await this.answered("did not start");
  }

  /** From its next request on. */
  async behave(behaviour: Behaviour): Promise<void> {
    this.heard = Promise.withResolvers();
    this.child?.send(behaviour);
    await this.answered(`did not turn ${behaviour}`);
  }

  /** `SIGSTOP` leaves it with its connections open. */
  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.child?.kill(name);
  }

  /** Ends its process at once; {@link start} may follow. */
  async kill(): Promise<void> {
    this.child?.kill("SIGKILL");
    await this.child?.exited;
  }

  private async answered(fault: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<"late">();
    const timer = setTimeout(resolve, readyTimeoutMs, "late");
    const first = await Promise.race([this.heard.promise, promise]);
    clearTimeout(timer);
    if (first === "late") throw new Error(`server ${this.id} ${fault}`);
  }
}
