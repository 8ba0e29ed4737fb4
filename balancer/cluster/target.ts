import { LatencyEstimate } from "./latency.ts";

/**
 * - `unknown`: not checked yet; takes traffic, so that a group without health checks works at once
 * - `healthy`: takes traffic
 * - `unhealthy`: failed its checks; takes none
 * - `ejected`: taken out for a while because of its answers to real traffic
 * - `draining`: takes no new traffic, finishes what it has
 */
export type TargetState = "unknown" | "healthy" | "unhealthy" | "ejected" | "draining";

/** Whether targets in this state are given new traffic. */
export function isAvailable(state: TargetState): boolean {
  return state === "healthy" || state === "unknown";
}

/** What a target last said of itself when it was asked, and when. */
export interface LoadReport {
  /** In the target's own unit, for `/load` the CPU use in percent; lower is better. */
  readonly load: number;
  /** {@link Clock.now} at its arrival. */
  readonly atMs: number;
  /** Attempts begun before its arrival: what was sent since is not in `load` yet. */
  readonly begun: number;
  /** Attempts begun between the report before this one and this one. */
  readonly begunSincePrevious: number;
}

/** One address that requests are sent to, with all that is known of it. Owned by its group. */
export class Target {
  state: TargetState = "unknown";
  /** Attempts begun and not ended, counted from the choice on. */
  inFlight = 0;
  /** Attempts ended, whatever their outcome. */
  requests = 0;
  /** Attempts that ended without an answer, or with a 5xx. */
  failures = 0;
  /** Number of the group's choice that last fell on this target, 0 for none: ties go to the lowest. */
  lastChosen = 0;
  /** Latency of real traffic. */
  readonly requestLatency: LatencyEstimate;
  /** Latency of health probes: kept apart, a probe is no request. */
  readonly probeLatency: LatencyEstimate;
  /** What each attempt in flight costs, in ms; the latency score keeps it here, where choices read it. */
  unitCostMs = 1;
  /** The newest report and the time of the first since the target came (back). */
  loadReport: LoadReport | undefined;
  firstLoadReportAtMs: number | undefined;

  constructor(
    /** Unique in its group. */
    readonly id: string,
    /** Scheme, host and port, such as `http://10.0.1.10:8000`. */
    readonly url: string,
    /** Share of traffic relative to the others of the group; > 0. */
    readonly weight: number,
    /** {@link Clock.now} at which it last became available; slow start counts from here. */
    public availableSinceMs: number,
    decayMs: number,
  ) {
    this.requestLatency = new LatencyEstimate(decayMs);
    this.probeLatency = new LatencyEstimate(decayMs);
  }

  /** Attempts begun so far. */
  get begun(): number {
    return this.requests + this.inFlight;
  }

  /** It takes traffic again: what was known of it may no longer hold. */
  returned(nowMs: number): void {
    this.availableSinceMs = nowMs;
    this.requestLatency.reset();
    this.loadReport = undefined;
    this.firstLoadReportAtMs = undefined;
  }
}
