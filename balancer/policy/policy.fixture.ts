import type { Attempt, Outcome } from "../cluster/attempt.ts";
import { Group } from "../cluster/group.ts";
import { seededRandom } from "../cluster/random.ts";
import { SlowStart, type SlowStartRules } from "../cluster/slow-start.ts";
import { Target, type TargetPlace } from "../cluster/target.ts";
import type { TierRules } from "../cluster/tiers.ts";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { latencyDecayMs, type PolicyConfig } from "./options.ts";
import { createPolicy } from "./registry.ts";

export interface FixtureOptions extends Partial<TierRules> {
  readonly seed?: number;
  readonly slowStart?: SlowStartRules;
  /** Where the target at this index stands. */
  readonly placeOf?: (index: number) => TargetPlace;
}

/** A group on a virtual clock, its targets named a, b, c … */
export class PolicyFixture {
  readonly clock = new VirtualClock();
  readonly targets: Target[];
  readonly group: Group;
  /** What the policy has asked how they are, in order. */
  readonly probed: Target[] = [];

  constructor(
    config: PolicyConfig,
    weights: readonly number[],
    { seed = 1, slowStart, placeOf, ...rules }: FixtureOptions = {},
  ) {
    const decayMs = latencyDecayMs(config);
    this.targets = weights.map((weight, i) => {
      const id = i < 26 ? String.fromCharCode(97 + i) : `t${i}`;
      return new Target(id, `http://${id}`, weight, this.clock.now(), decayMs, undefined, placeOf?.(i));
    });
    const start = slowStart && new SlowStart(slowStart);
    const policy = createPolicy(config, {
      clock: this.clock,
      random: seededRandom(seed),
      targets: this.targets,
      slowStart: start,
      probe: (target) => {
        this.probed.push(target);
        this.clock.after(1, () =>
          policy.observeProbe?.(target, { latencyMs: 5 + target.inFlight, inFlight: target.inFlight }),
        );
      },
    });
    this.group = new Group("test", this.targets, policy, this.clock, undefined, {
      panicThreshold: 0,
      ...rules,
      slowStart: start,
    });
  }

  target(index: number): Target {
    const target = this.targets[index];
    if (target === undefined) throw new Error(`the fixture has no target ${index}`);
    return target;
  }

  begin(key?: string): Attempt {
    const attempt = this.group.begin(key);
    if (attempt === undefined) throw new Error("no target is available");
    return attempt;
  }

  /** One request that the chosen target answers at once. */
  choose(key?: string): Target {
    const attempt = this.begin(key);
    answer(attempt, 1);
    return attempt.target;
  }

  /** One request to the target at this index, whatever the policy would choose. */
  sendTo(index: number, outcome: Outcome): void {
    const wanted = this.target(index);
    this.group
      .begin(
        undefined,
        this.targets.filter((t) => t !== wanted),
      )
      ?.end(outcome);
  }

  /** Latencies by target, in the order of the targets, for {@link serve}. */
  taking(latenciesMs: readonly number[]): (target: Target) => number {
    return (target) => latenciesMs[this.targets.indexOf(target)] ?? 0;
  }

  /** `count` requests, one each `gapMs`, each answered after `latencyMs`; how many each target got, by its index. */
  serve(count: number, gapMs: number, latencyMs: (target: Target) => number): number[] {
    const chosen = this.targets.map(() => 0);
    for (let i = 0; i < count; i++) {
      const attempt = this.begin(`client-${i}`);
      const index = this.targets.indexOf(attempt.target);
      chosen[index] = (chosen[index] ?? 0) + 1;
      const takesMs = latencyMs(attempt.target);
      this.clock.after(takesMs, () => answer(attempt, takesMs));
      this.clock.advance(gapMs);
    }
    return chosen;
  }
}

export function ok(latencyMs: number): Outcome {
  return { kind: "answered", status: 200, firstByteMs: latencyMs, completeMs: latencyMs };
}

export function answer(attempt: Attempt, latencyMs: number, status = 200): void {
  attempt.end({ kind: "answered", status, firstByteMs: latencyMs, completeMs: latencyMs });
}
