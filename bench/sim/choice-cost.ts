import { heapStats } from "bun:jsc";
import { systemClock } from "../../balancer/cluster/clock.ts";
import { Group } from "../../balancer/cluster/group.ts";
import { seededRandom } from "../../balancer/cluster/random.ts";
import { Target } from "../../balancer/cluster/target.ts";
import { defaultPolicyConfigs, latencyDecayMs, type PolicyName } from "../../balancer/policy/options.ts";
import type { Policy } from "../../balancer/policy/policy.ts";
import { createPolicy } from "../../balancer/policy/registry.ts";

/** What a policy's choice costs on this machine, with so many targets. */
export interface ChoiceCost {
  readonly policy: PolicyName;
  readonly targets: number;
  /** Time of one choice, in the fastest of several rounds: disturbances only add. */
  readonly nsPerChoice: number;
  /** By how much each choice makes the heap grow, to within 0.5 bytes. */
  readonly bytesPerChoice: number;
  /** Time of a whole attempt, from its begin to the record of its end. */
  readonly nsPerAttempt: number;
}

const rounds = 9;
const choicesARound = 50_000;
const attemptsARound = 20_000;
const inFlightAtOnce = 64;

/** Takes about a quarter of a second for each policy and count. */
export function measureChoiceCost(policyName: PolicyName, targetCount: number): ChoiceCost {
  const { group, policy, targets } = createGroup(policyName, targetCount);
  const attempts = () => runAttempts(group, attemptsARound);
  attempts();
  const choices = () => runChoices(policy, targets, choicesARound);
  choices();
  return {
    policy: policyName,
    targets: targetCount,
    nsPerChoice: fastestNs(choices, choicesARound),
    bytesPerChoice: heapGrowth(choices) / choicesARound,
    nsPerAttempt: fastestNs(attempts, attemptsARound),
  };
}

function createGroup(policyName: PolicyName, targetCount: number) {
  const config = defaultPolicyConfigs[policyName];
  const random = seededRandom(1);
  const targets = Array.from(
    { length: targetCount },
    (_, i) => new Target(`t${i}`, `http://t${i}`, 1, systemClock.now(), latencyDecayMs(config)),
  );
  const policy: Policy = createPolicy(config, {
    clock: systemClock,
    random,
    targets,
    probe: (target) => policy.observeProbe?.(target, { latencyMs: 5 * random(), inFlight: target.inFlight }),
  });
  return { group: new Group("cost", targets, policy, systemClock), policy, targets };
}

function runAttempts(group: Group, count: number): void {
  const random = seededRandom(2);
  const open = Array.from({ length: inFlightAtOnce }, () => group.begin("key"));
  for (let i = 0; i < count; i++) {
    const slot = i % inFlightAtOnce;
    const latencyMs = 20 * random();
    open[slot]?.end({ kind: "answered", status: 200, firstByteMs: latencyMs, completeMs: latencyMs });
    open[slot] = group.begin("key");
  }
  for (const attempt of open) attempt?.end({ kind: "cancelled" });
}

function runChoices(policy: Policy, targets: readonly Target[], count: number): void {
  let chosen = 0;
  // Using the result keeps the compiler from dropping the work.
  for (let i = 0; i < count; i++) chosen += policy.pick(targets, "key")?.weight ?? 0;
  if (chosen !== count) throw new Error(`${count} choices gave ${chosen} targets`);
}

function fastestNs(work: () => void, count: number): number {
  const times = Array.from({ length: rounds }, () => {
    const startedAtNs = Bun.nanoseconds();
    work();
    return (Bun.nanoseconds() - startedAtNs) / count;
  });
  return Math.min(...times);
}

/**
 * By how many bytes the heap grows over `work`. JavaScriptCore counts what is new only after a collection, which
 * would drop it again; the blocks that it takes for it show at once, 16 KiB each.
 */
function heapGrowth(work: () => void): number {
  Bun.gc(true);
  const before = heapStats().heapCapacity;
  work();
  return Math.max(0, heapStats().heapCapacity - before);
}
