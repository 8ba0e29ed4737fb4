import { type Clock, isoTime, type Timer } from "../cluster/clock.ts";
import type { Random } from "../cluster/random.ts";
import type { TargetConfig } from "../config/schema.ts";
import { type Change, KnownTargets } from "./known-targets.ts";
import type { Lookup, LookupResult, Pace } from "./lookup.ts";

/** Looks are spread by this share of the pause, so that balancers don't ask in step. */
const jitter = 0.1;

/** What `/status` tells of where a group's targets are found. */
export interface DiscoveryStatus {
  readonly provider: string;
  /** How many it has found that are still taken to be there. */
  readonly targets: number;
  /** Looks so far. */
  readonly lookups: number;
  /** Those that gave no target. */
  readonly failures: number;
  /** ISO 8601; null for never. */
  readonly lastSuccess: string | null;
  /** The last thing that went wrong, also when all is well again. */
  readonly lastError: { readonly at: string; readonly message: string } | null;
}

export interface GroupDiscoveryOptions {
  readonly group: string;
  readonly provider: string;
  readonly lookup: Lookup;
  readonly pace: Pace;
  readonly removeAfter: number;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** Told whenever {@link GroupDiscovery.targets} have changed. */
  readonly onChange: () => void;
}

/** Keeps one group's targets as a place lists them. What is known stays known when an answer is empty or fails. */
export class GroupDiscovery {
  /** Resolves when the first targets are known, or when it is stopped. */
  readonly firstAnswer: Promise<void>;
  private readonly known: KnownTargets;
  private readonly stopping = new AbortController();
  private readonly settle: () => void;
  private timer: Timer | undefined;
  private lookups = 0;
  private failures = 0;
  private failuresInRow = 0;
  private lastSuccessAtMs: number | undefined;
  private lastError: { readonly atMs: number; readonly message: string } | undefined;
  /** What was last said of faults, so that it is said once. */
  private saidFault = "";

  constructor(private readonly options: GroupDiscoveryOptions) {
    this.known = new KnownTargets(options.removeAfter);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.firstAnswer = promise;
    this.settle = resolve;
    void this.look();
  }

  /** What is taken to be there; nothing before the first answer. */
  get targets(): readonly TargetConfig[] {
    return this.known.targets;
  }

  get status(): DiscoveryStatus {
    const { lastSuccessAtMs, lastError } = this;
    return {
      provider: this.options.provider,
      targets: this.known.targets.length,
      lookups: this.lookups,
      failures: this.failures,
      lastSuccess: lastSuccessAtMs === undefined ? null : isoTime(lastSuccessAtMs),
      lastError: lastError === undefined ? null : { at: isoTime(lastError.atMs), message: lastError.message },
    };
  }

  stop(): void {
    this.stopping.abort();
    this.timer?.cancel();
    this.settle();
  }

  private async look(): Promise<void> {
    const { signal } = this.stopping;
    const result = await this.options.lookup(signal);
    if (signal.aborted) return;
    this.lookups++;
    const pauseMs = this.take(result);
    const spread = 1 + jitter * (2 * this.options.random() - 1);
    this.timer = this.options.clock.after(pauseMs * spread, () => void this.look());
  }

  /** Returns for how long not to look, in ms. */
  private take(result: LookupResult): number {
    const { minMs, maxMs, retryMaxMs } = this.options.pace;
    if (result.kind === "failed") {
      this.failed(result.fault);
      this.failuresInRow++;
      return Math.min(minMs * 2 ** (this.failuresInRow - 1), Math.max(minMs, retryMaxMs));
    }
    this.failuresInRow = 0;
    if (result.targets.length === 0) this.failed(["no target is listed", ...result.faults].join("; "));
    else this.found(result.targets, result.faults.join("; "));
    return Math.min(Math.max(result.validForMs ?? maxMs, minMs), maxMs);
  }

  private failed(fault: string): void {
    this.failures++;
    this.noteFault(fault);
  }

  private found(targets: readonly TargetConfig[], fault: string): void {
    const change = this.known.update(targets);
    this.lastSuccessAtMs = this.options.clock.now();
    if (fault === "") this.saidFault = "";
    else this.noteFault(fault);
    this.tell(change);
    this.settle();
  }

  private noteFault(message: string): void {
    this.lastError = { atMs: this.options.clock.now(), message };
    if (message === this.saidFault) return;
    this.saidFault = message;
    const { group, provider, log } = this.options;
    log(`group ${group}: discovery (${provider}): ${message}; known targets: ${this.known.targets.length}`);
  }

  private tell({ joined, left, altered }: Change): void {
    const { group, provider, log, onChange } = this.options;
    const parts = Object.entries({ found: joined, changed: altered, gone: left })
      .filter(([, ids]) => ids.length > 0)
      .map(([what, ids]) => `${what} ${ids.join(", ")}`);
    if (parts.length === 0) return;
    log(`group ${group}: discovery (${provider}): ${parts.join("; ")}`);
    onChange();
  }
}
