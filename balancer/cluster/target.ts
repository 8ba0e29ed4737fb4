import { LatencyEstimate } from "./latency.ts";

/**
 * - `unknown`: not checked yet; takes traffic, so that a group without health checks works at once
 * - `healthy`: takes traffic
 * - `unhealthy`: failed its checks; takes none
 * - `ejected`: taken out for a while because of its answers to real traffic
 * - `draining`: takes no new traffic, finishes what it has
 */
export type TargetState = "unknown" | "healthy" | "unhealthy" | "ejected" | "draining";

/** What a target last said of itself when it was asked, and when. */
export interface LoadReport {
  /** In the target's own unit, for `/load` the CPU use in percent; lower is better. */
  readonly load: number;
  /** {@link Clock.now} at its arrival. */
  readonly atMs: number;
  /** {@link Target.requests} at its arrival: what was sent since is not in `load` yet. */
  readonly requests: number;
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
  /** Latency of real traffic. */
  readonly requestLatency: LatencyEstimate;
  /** Latency of health probes: kept apart, a probe is no request. */
  readonly probeLatency: LatencyEstimate;
  /** The newest report and the first since the target came (back); policies that ask for loads keep them. */
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
}
