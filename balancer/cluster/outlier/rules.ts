/** Why a target was ejected; the first three are said by a row of failures, the others by comparison with the group. */
export const ejectionCauses = [
  "consecutiveLocalOriginFailure",
  "consecutiveGatewayFailure",
  "consecutive5xx",
  "successRate",
  "latency",
] as const;
export type EjectionCause = (typeof ejectionCauses)[number];
export type StreakCause = Exclude<EjectionCause, "successRate" | "latency">;

/** After how many failures in a row a target is an outlier; 0 for never. */
export type StreakLimits = Readonly<Record<StreakCause, number>>;

export interface SuccessRateRules {
  /** Fewer targets with `requestVolume` say nothing of one another. */
  readonly minimumHosts: number;
  /** Requests in an interval from which on a target's rate says something. */
  readonly requestVolume: number;
  /** Standard deviations below the others' mean. */
  readonly stdevFactor: number;
  /** And so much below it, 0 to 1. */
  readonly minimumGap: number;
}

export interface LatencyRules {
  readonly minimumHosts: number;
  readonly requestVolume: number;
  /** Times the others' median. */
  readonly factor: number;
  readonly forMs: number;
}

/** As Envoy's `outlier_detection`; where ours differ, docs/outliers.md says why. */
export interface OutlierRules {
  readonly streaks: StreakLimits;
  readonly successRate: SuccessRateRules | undefined;
  readonly latency: LatencyRules | undefined;
  /** Between two comparisons of the targets. */
  readonly intervalMs: number;
  /** Times the number of ejections in a row, up to `maxEjectionMs`. */
  readonly baseEjectionMs: number;
  readonly maxEjectionMs: number;
  /** An ejection takes up to so much longer, so that targets ejected together don't return together. */
  readonly jitterMs: number;
  /** Of the group's targets, 0 to 1; above 0 one of several may always be ejected. */
  readonly maxEjectedShare: number;
}
