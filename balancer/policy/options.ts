import type { LatencyOn } from "./policy.ts";

export interface RoundRobinConfig {
  readonly name: "round-robin";
}

export interface WeightedRoundRobinConfig {
  readonly name: "weighted-round-robin";
  /** Spread each target's turns evenly instead of giving them in a row. Default false. */
  readonly smooth: boolean;
}

export interface RandomConfig {
  readonly name: "random";
}

export interface LeastConnectionsConfig {
  readonly name: "least-connections";
}

export interface LeastLoadConfig {
  readonly name: "least-load";
  /** Where a target tells its load as a bare number. Default `/load`. */
  readonly path: string;
  /** Between two looks at a target's load. Default 1000. */
  readonly intervalMs: number;
}

/** `ewma` looks at all targets, `p2c-ewma` at two drawn at random. */
export interface EwmaConfig<Name extends "ewma" | "p2c-ewma" = "ewma" | "p2c-ewma"> {
  readonly name: Name;
  /** A sample of this age weighs 1/e of a new one. Default 10 000. */
  readonly decayMs: number;
  /** Default `first-byte`. */
  readonly on: LatencyOn;
}

/** The defaults are those of the paper, arXiv 2312.10172. */
export interface PrequalConfig {
  readonly name: "prequal";
  /** Reports kept at most. Default 16. */
  readonly poolSize: number;
  /** A report older than this is not used. Default 1000. */
  readonly probeLifeMs: number;
  /** Probes sent for each query; a fraction is sent on average. Default 3. */
  readonly probesPerQuery: number;
  /** Reports removed for each query, the oldest and the worst in turn. Default 1. */
  readonly removalsPerQuery: number;
  /** A target is hot when it has more requests in flight than this quantile of recent reports. Default 0.84. */
  readonly hotQuantile: number;
}

export interface HashConfig {
  readonly name: "hash";
  /** What the edge takes the key from. */
  readonly on:
    | { readonly kind: "ip" }
    | { readonly kind: "header"; readonly name: string }
    | { readonly kind: "cookie"; readonly name: string };
}

/** What chooses among the targets that a limit leaves: all that needs nothing more of the config or the targets. */
export type ChooserConfig = Exclude<PolicyConfig, CloudWatchConfig | LeastLoadConfig | HashConfig>;

export interface CloudWatchConfig {
  readonly name: "cloudwatch";
  /** The metric of CloudWatch that says how busy an instance is. Defaults `AWS/EC2`, `CPUUtilization`, `Average`. */
  readonly namespace: string;
  readonly metric: string;
  readonly statistic: string;
  /** The metric's dimension that holds the instance id. Default `InstanceId`. */
  readonly dimension: string;
  /** In the metric's unit; above it a target gets no new attempts while another is not. Default 70. */
  readonly limit: number;
  /** Between two looks at the metric. Default 60 000. */
  readonly intervalMs: number;
  /** An older value counts as none. Default 600 000. */
  readonly maxAgeMs: number;
  /** Undefined for that of the environment or the instance. */
  readonly region: string | undefined;
  /** Default `ewma`. */
  readonly chooser: ChooserConfig;
}

export type PolicyConfig =
  | RoundRobinConfig
  | WeightedRoundRobinConfig
  | RandomConfig
  | LeastConnectionsConfig
  | LeastLoadConfig
  | EwmaConfig<"ewma">
  | EwmaConfig<"p2c-ewma">
  | PrequalConfig
  | HashConfig
  | CloudWatchConfig;

export type PolicyName = PolicyConfig["name"];

const defaultEwma = { name: "ewma", decayMs: 10_000, on: "first-byte" } as const;

/** Each policy with its defaults. */
export const defaultPolicyConfigs = {
  "round-robin": { name: "round-robin" },
  "weighted-round-robin": { name: "weighted-round-robin", smooth: false },
  random: { name: "random" },
  "least-connections": { name: "least-connections" },
  "least-load": { name: "least-load", path: "/load", intervalMs: 1000 },
  ewma: defaultEwma,
  "p2c-ewma": { name: "p2c-ewma", decayMs: 10_000, on: "first-byte" },
  prequal: {
    name: "prequal",
    poolSize: 16,
    probeLifeMs: 1000,
    probesPerQuery: 3,
    removalsPerQuery: 1,
    hotQuantile: 0.84,
  },
  hash: { name: "hash", on: { kind: "ip" } },
  cloudwatch: {
    name: "cloudwatch",
    namespace: "AWS/EC2",
    metric: "CPUUtilization",
    statistic: "Average",
    dimension: "InstanceId",
    limit: 70,
    intervalMs: 60_000,
    maxAgeMs: 600_000,
    region: undefined,
    chooser: defaultEwma,
  },
} as const satisfies { readonly [Name in PolicyName]: Extract<PolicyConfig, { name: Name }> };

/** The decay of the latency estimates that every target keeps, whatever the policy. */
export function latencyDecayMs(config: PolicyConfig): number {
  if (config.name === "cloudwatch") return latencyDecayMs(config.chooser);
  return "decayMs" in config ? config.decayMs : defaultEwma.decayMs;
}
