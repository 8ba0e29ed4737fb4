import { type Clock, isoTime, type Timer } from "../cluster/clock.ts";
import type { Random } from "../cluster/random.ts";
import { awsFault } from "./call.ts";

/** Calls are spread by this share of the interval, so that balancers don't call in step. */
const jitter = 0.1;

/** How it goes, for `/status`. */
export interface CallStatus {
  readonly calls: number;
  readonly failures: number;
  /** ISO 8601; null for never. */
  readonly lastSuccess: string | null;
  /** The last one, also when all is well again. */
  readonly lastError: { readonly at: string; readonly message: string } | null;
}

export interface RepeatedCallOptions {
  /** Begins the lines about it. */
  readonly what: string;
  readonly intervalMs: number;
  /** After failures there is a call at least this often, or at the interval where that is longer. */
  readonly retryMaxMs: number;
  /** Until the first call. */
  readonly firstAfterMs: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** Rejects when it fails. */
  readonly call: (signal: AbortSignal) => Promise<void>;
}

/** Calls AWS at an interval, and less and less often while that fails. */
export class RepeatedCall {
  private readonly stopping = new AbortController();
  private timer: Timer | undefined;
  private running: Promise<void> | undefined;
  private isFinishing = false;
  private calls = 0;
  private failures = 0;
  private failuresInRow = 0;
  private lastSuccessAtMs: number | undefined;
  private lastError: { readonly atMs: number; readonly message: string } | undefined;

  constructor(private readonly options: RepeatedCallOptions) {
    this.later(options.firstAfterMs);
  }

  get status(): CallStatus {
    const { calls, failures, lastSuccessAtMs, lastError } = this;
    return {
      calls,
      failures,
      lastSuccess: lastSuccessAtMs === undefined ? null : isoTime(lastSuccessAtMs),
      lastError: lastError === undefined ? null : { at: isoTime(lastError.atMs), message: lastError.message },
    };
  }

  /** Begins no more calls; resolves when the one under way is over. */
  async finish(): Promise<void> {
    this.isFinishing = true;
    this.timer?.cancel();
    await this.running;
  }

  /** Gives up what is under way. */
  stop(): void {
    this.stopping.abort();
    this.timer?.cancel();
  }

  private async run(): Promise<void> {
    const { call, clock, log, what, intervalMs, retryMaxMs } = this.options;
    const { signal } = this.stopping;
    this.calls++;
    try {
      await call(signal);
      if (this.failuresInRow > 0) log(`${what}: works again`);
      this.failuresInRow = 0;
      this.lastSuccessAtMs = clock.now();
    } catch (error) {
      if (signal.aborted) return;
      this.failed(awsFault(error));
    }
    const slowed = intervalMs * 2 ** Math.max(0, this.failuresInRow - 1);
    this.later(Math.min(slowed, Math.max(intervalMs, retryMaxMs)));
  }

  private failed(message: string): void {
    const { what, clock, log } = this.options;
    this.failures++;
    if (this.failuresInRow++ === 0 || message !== this.lastError?.message) log(`${what}: ${message}`);
    this.lastError = { atMs: clock.now(), message };
  }

  private later(pauseMs: number): void {
    if (this.isFinishing || this.stopping.signal.aborted) return;
    const spread = 1 + jitter * (2 * this.options.random() - 1);
    this.timer = this.options.clock.after(pauseMs * spread, () => {
      this.running = this.run();
    });
  }
}
