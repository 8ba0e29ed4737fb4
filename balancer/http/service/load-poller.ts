import type { Clock, Timer } from "../../cluster/clock.ts";
import type { Group } from "../../cluster/group.ts";
import type { Target } from "../../cluster/target.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import type { Pool } from "../upstream/pool.ts";
import type { Prober } from "./probe.ts";

/** Looks at an interval how loaded each target says it is; the answer at `path` is a bare number. */
export class LoadPoller {
  private readonly timers = new Map<Target, Timer>();
  private isStopped = false;

  constructor(
    private readonly group: Group,
    private readonly prober: Prober,
    private readonly path: string,
    private readonly intervalMs: number,
    private readonly endpointOf: (target: Target) => Endpoint,
    private readonly poolOf: (target: Target) => Pool,
    private readonly clock: Clock,
  ) {}

  start(): void {
    for (const target of this.group.targets) this.watch(target);
  }

  /** Looks no more at a target that has left the group. */
  forget(target: Target): void {
    this.timers.get(target)?.cancel();
    this.timers.delete(target);
  }

  stop(): void {
    this.isStopped = true;
    for (const timer of this.timers.values()) timer.cancel();
  }

  /** Begins to look at a target that has come into the group since the start. */
  watch(target: Target): void {
    this.prober.get(this.endpointOf(target), this.poolOf(target), this.path, (result) => {
      if (this.isStopped || !this.group.targets.includes(target)) return;
      // Without a number there is no report, and the last one ages until it is trusted no more.
      const load =
        result.kind === "answered" && result.head.status === 200 ? parseLoad(result.text) : undefined;
      if (load !== undefined) this.group.recordLoad(target, load);
      this.timers.set(
        target,
        this.clock.after(this.intervalMs, () => this.watch(target)),
      );
    });
  }
}

/** A bare number such as `2.82`; undefined when it is none. */
function parseLoad(text: string): number | undefined {
  const trimmed = text.trim();
  return /^\d{1,9}(\.\d{1,9})?$/.test(trimmed) ? Number(trimmed) : undefined;
}
