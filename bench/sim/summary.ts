import { quantile } from "../quantile.ts";
import type { SimPolicyName } from "./balancer.ts";
import { runScenario } from "./run.ts";
import type { Samples } from "./samples.ts";
import type { Scenario } from "./scenario.ts";

/** How a policy did in a scenario; latencies in ms, of answered requests. */
export interface PolicySummary {
  readonly policy: SimPolicyName;
  readonly requests: number;
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** p99 over time where the scenario has events; null for a window without answers. */
  readonly timeline?: readonly { readonly fromMs: number; readonly p99Ms: number | null }[];
}

export interface ScenarioSummary {
  readonly name: string;
  readonly title: string;
  readonly seed: number;
  readonly policies: readonly PolicySummary[];
}

const windowMs = 2000;

export function summarize(
  scenario: Scenario,
  policies: readonly SimPolicyName[],
  seed: number,
): ScenarioSummary {
  return {
    name: scenario.name,
    title: scenario.title,
    seed,
    policies: policies.map((policy) =>
      summarizePolicy(scenario, policy, runScenario(scenario, policy, seed)),
    ),
  };
}

function summarizePolicy(scenario: Scenario, policy: SimPolicyName, samples: Samples): PolicySummary {
  const latencies = samples.answered(scenario.measureFrom);
  const failures = samples.failures(scenario.measureFrom);
  return {
    policy,
    requests: latencies.length + failures,
    failures,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    p999Ms: quantile(latencies, 0.999),
    ...(scenario.events.length > 0 && { timeline: timeline(samples, scenario.duration) }),
  };
}

function timeline(samples: Samples, durationMs: number) {
  return Array.from({ length: Math.ceil(durationMs / windowMs) }, (_, i) => {
    const latencies = samples.answered(i * windowMs, (i + 1) * windowMs);
    return { fromMs: i * windowMs, p99Ms: latencies.length > 0 ? quantile(latencies, 0.99) : null };
  });
}
