import { quantile } from "../../quantile.ts";
import type { SimPolicyName } from "../balancer.ts";
import { runScenario } from "../run.ts";
import type { Samples } from "../samples.ts";
import { type Scenario, serverIds } from "../scenario.ts";

const windowMs = 10_000;
/** Of a target that would be given so many requests in a window by the clairvoyant ... */
const goodRequests = 50;
/** ... less than this part of them is starvation. */
const starvedPart = 0.02;

/** How a policy did in a scenario; latencies in ms, of answered requests. */
export interface Performance {
  readonly p99Ms: number;
  readonly meanMs: number;
  readonly failures: number;
  readonly requests: number;
  /** Ten seconds in which some target got hardly any of what the clairvoyant gave it, with its index. */
  readonly starved: readonly { readonly server: number; readonly fromMs: number }[];
}

/** Runs the scenario under each policy with the same arrivals. */
export function compare(
  scenario: Scenario,
  policies: readonly SimPolicyName[],
  seed: number,
): Map<SimPolicyName, Performance> {
  const best = runScenario(scenario, "clairvoyant", seed);
  return new Map(
    policies.map((policy) => {
      const samples = policy === "clairvoyant" ? best : runScenario(scenario, policy, seed);
      return [policy, performanceOf(scenario, samples, best)];
    }),
  );
}

function performanceOf(scenario: Scenario, samples: Samples, best: Samples): Performance {
  const latencies = samples.answered();
  const failures = samples.failures();
  return {
    p99Ms: quantile(latencies, 0.99),
    meanMs: latencies.reduce((sum, ms) => sum + ms, 0) / latencies.length,
    failures,
    requests: latencies.length + failures,
    starved: starvation(scenario, samples, best),
  };
}

function starvation(scenario: Scenario, samples: Samples, best: Samples) {
  const servers = scenario.clusters.flatMap(serverIds).length;
  const starved: { server: number; fromMs: number }[] = [];
  for (let fromMs = 0; fromMs + windowMs <= scenario.duration; fromMs += windowMs / 2) {
    const given = samples.countByServer(servers, fromMs, fromMs + windowMs);
    const due = best.countByServer(servers, fromMs, fromMs + windowMs);
    for (let server = 0; server < servers; server++) {
      const dueHere = due[server] ?? 0;
      if (dueHere >= goodRequests && (given[server] ?? 0) < dueHere * starvedPart)
        starved.push({ server, fromMs });
    }
  }
  return starved;
}
