import type { Profile } from "../../../backend/machine/profile.ts";

/** Servers that are unlike, and how much of what they can do is asked of them. */
export interface TailScenario {
  readonly name: ScenarioName;
  readonly servers: readonly { readonly count: number; readonly profile: Profile }[];
  /** Arrivals as a part of the capacity of all servers together. */
  readonly utilization: number;
}

export const scenarioNames = ["strong", "lab"] as const;
export type ScenarioName = (typeof scenarioNames)[number];

export const tailScenarios: Readonly<Record<ScenarioName, TailScenario>> = {
  strong: {
    name: "strong",
    servers: [
      { count: 4, profile: exponential(2, 5) },
      { count: 5, profile: exponential(1, 40) },
    ],
    utilization: 0.6,
  },
  lab: {
    name: "lab",
    servers: [
      { count: 4, profile: exponential(2, 10) },
      { count: 5, profile: exponential(1, 20) },
    ],
    utilization: 0.6,
  },
};

function exponential(workers: number, meanMs: number): Profile {
  return { workers, service: { distribution: "exponential", meanMs } };
}

/** Mean arrivals per second. */
export function arrivalRate({ servers, utilization }: TailScenario): number {
  const capacity = servers.reduce(
    (sum, { count, profile }) => sum + (count * profile.workers * 1000) / profile.service.meanMs,
    0,
  );
  return capacity * utilization;
}

/** Such as `4 × 2 workers@5 ms, 5 × 1 worker@40 ms, exponential, at 60 % load`. */
export function describeScenario({ servers, utilization }: TailScenario): string {
  const groups = servers.map(({ count, profile: { workers, service } }) => {
    return `${count} × ${workers} worker${workers === 1 ? "" : "s"}@${service.meanMs} ms`;
  });
  return `${groups.join(", ")}, exponential, at ${utilization * 100} % load`;
}
