import { awsFault } from "../balancer/aws/call.ts";
import { windowReader } from "../bench/cloudwatch/window.ts";
import { targetStates } from "../bench/lab/health.ts";
import { clusters, metricDimensions, metricNamespace } from "../stacks/balancer-config.ts";
import type { Outputs } from "../stacks/outputs.ts";
import type { Settings } from "../stacks/settings.ts";
import type { StackName } from "../stacks/stack-names.ts";
import { instancesOfGroup } from "./instances.ts";
import { targetsBehind } from "./load-balancer-targets.ts";

/** Something that is not yet as it should be. */
export interface Lack {
  /** For people: what, and what it is instead. */
  readonly what: string;
  /** Whose console may say why. */
  readonly instance?: string;
}

/** Looks once at a stack; nothing is lacking when every target is healthy. */
export type Look = (signal: AbortSignal) => Promise<readonly Lack[]>;

const metricWindowMs = 180_000;

/** How a stack of this kind is looked at. */
export function lookAt(stack: StackName, outputs: Outputs, settings: Settings): Look {
  const look = { lab, primes, fleet }[stack];
  return async (signal) => {
    try {
      return await look(outputs, settings, signal);
    } catch (error) {
      signal.throwIfAborted();
      return [{ what: awsFault(error) }];
    }
  };
}

/** The balancer's own status, and what the ALB says where there is one. */
async function lab(outputs: Outputs, _: Settings, signal: AbortSignal): Promise<Lack[]> {
  const { statusUrl = "", albUrl, region, instanceIds } = outputs;
  // A certificate would be for a name, and this is an address; the same status is on port 80.
  const states = await targetStates(statusUrl.replace(/^https:/, "http:"));
  const behindAlb = albUrl === undefined ? [] : await unhealthyBehind(region, albUrl, signal);
  if (!states.ok) return [...lacks(states.fault, instanceIds.balancer), ...behindAlb];
  const wanted = clusters.flatMap((name) => instanceIds[name] ?? []);
  const lacking = wanted.flatMap((id) => {
    const state = states.value.get(id) ?? "missing";
    return state === "healthy" ? [] : [{ what: `${id} ${state}`, instance: id }];
  });
  return [...lacking, ...behindAlb];
}

/**
 * The balancer is not public: a page whose numbers are all answered says that it works, and the group that all its backends
 * are there.
 */
async function primes(outputs: Outputs, settings: Settings, signal: AbortSignal): Promise<Lack[]> {
  const { frontendUrl = "", region, instanceIds, instanceGroups } = outputs;
  const url = `${frontendUrl}/1`;
  const alone = Object.values(instanceIds).flat();
  const members = await instancesOfGroup(region, instanceGroups.backends ?? "", signal);
  const { count } = settings.primes.backends;
  const few = members.length < count ? [{ what: `backends: ${members.length} of ${count} running` }] : [];
  const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
  const failed = (await response.text()).match(/<td class="failed"/g)?.length ?? 0;
  if (!response.ok) return [...few, ...lacks(`GET ${url}: found status ${response.status}`, alone)];
  return failed === 0
    ? few
    : [...few, ...lacks(`GET ${url}: ${failed} numbers failed`, [...alone, ...members])];
}

/**
 * Balancers by their load balancer's checks; their targets, as nobody outside may ask, by what they publish in CloudWatch
 * each minute.
 */
async function fleet(outputs: Outputs, settings: Settings, signal: AbortSignal): Promise<Lack[]> {
  const { balancerUrl = "", region, instanceGroups } = outputs;
  const lacking: Lack[] = await unhealthyBehind(region, balancerUrl, signal, settings.fleet.balancers.min);
  const nowMs = Date.now();
  const metrics = clusters.map((Group) => ({
    namespace: metricNamespace,
    metric: "HealthyHostCount",
    statistic: "Minimum",
    dimensions: { Group, ...metricDimensions(settings, "fleet") },
  }));
  // The minute that is not over yet has an end too.
  const counts = await windowReader(region)(metrics, nowMs - metricWindowMs, nowMs + 60_000);
  for (const [index, name] of clusters.entries()) {
    const members = await instancesOfGroup(region, instanceGroups[name] ?? "", signal);
    const wanted = Math.max(members.length, settings.fleet[name].min);
    const healthy = counts[index]?.[0] ?? 0;
    if (healthy < wanted) lacking.push(...lacks(`${name}: ${healthy} of ${wanted} healthy`, members));
  }
  return lacking;
}

async function unhealthyBehind(region: string, url: string, signal: AbortSignal, least = 1): Promise<Lack[]> {
  const { hostname } = new URL(url);
  const targets = await targetsBehind(region, hostname, signal);
  const few = targets.length < least ? [{ what: `${hostname}: ${targets.length} of ${least} targets` }] : [];
  const unhealthy = targets
    .filter(({ state }) => state !== "healthy")
    .map(({ group, id, state }) => ({ what: `${group}: ${id} ${state}`, instance: id }));
  return [...few, ...unhealthy];
}

/** One lack, for which any of the instances may be the reason. */
function lacks(what: string, instances: readonly string[] = []): Lack[] {
  const [first, ...more] = instances;
  if (first === undefined) return [{ what }];
  return [{ what, instance: first }, ...more.map((instance) => ({ what, instance }))];
}
