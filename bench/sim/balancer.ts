import type { Clock } from "../../balancer/cluster/clock.ts";
import { Group } from "../../balancer/cluster/group.ts";
import type { Random } from "../../balancer/cluster/random.ts";
import { Target } from "../../balancer/cluster/target.ts";
import { groupSchema } from "../../balancer/config/group-schema.ts";
import { groupRulesOf } from "../../balancer/group-rules.ts";
import { defaultPolicyConfigs, latencyDecayMs, type PolicyName } from "../../balancer/policy/options.ts";
import type { Policy } from "../../balancer/policy/policy.ts";
import { createPolicy } from "../../balancer/policy/registry.ts";
import { clairvoyant } from "./clairvoyant.ts";
import type { Samples } from "./samples.ts";
import type { Reply, SimServer } from "./server.ts";

export type SimPolicyName = PolicyName | "clairvoyant";

export interface SimWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly servers: ReadonlyMap<string, SimServer>;
  readonly samples: Samples;
}

/** How long a policy's own question takes to be answered. */
const probeRoundTripMs = 1;

/** The balancer's own group and policy before simulated servers. */
export class SimBalancer {
  readonly group: Group;
  private readonly indexes = new Map<Target, number>();

  constructor(
    private readonly world: SimWorld,
    policyName: SimPolicyName,
  ) {
    const { clock, servers } = world;
    const decayMs = latencyDecayMs(defaultPolicyConfigs[policyName === "clairvoyant" ? "ewma" : policyName]);
    const targets = [...servers.values()].map(
      ({ id, weight }) => new Target(id, `http://${id}`, weight, clock.now(), decayMs),
    );
    for (const [index, target] of targets.entries()) this.indexes.set(target, index);
    const config = groupSchema.parse({ policy: policyName === "clairvoyant" ? "ewma" : policyName });
    const rules = groupRulesOf(config, undefined);
    this.group = new Group("sim", targets, this.createPolicy(policyName, targets), clock, undefined, rules);
  }

  /** One request, until it is answered or has failed for good. */
  request(): void {
    this.attempt(this.world.clock.now(), []);
  }

  server(target: Target): SimServer {
    const server = this.world.servers.get(target.id);
    if (server === undefined) throw new Error(`no server ${target.id}`);
    return server;
  }

  private createPolicy(name: SimPolicyName, targets: readonly Target[]): Policy {
    if (name === "clairvoyant") return clairvoyant(this.world.servers);
    const { clock, random } = this.world;
    const ask = (target: Target) => {
      const server = this.server(target);
      if (!server.works) return;
      policy.observeProbe?.(target, { latencyMs: server.expectedLatencyMs, inFlight: server.inSystem });
    };
    const probe = (target: Target) => void clock.after(probeRoundTripMs, () => ask(target));
    const policy: Policy = createPolicy(defaultPolicyConfigs[name], { clock, random, targets, probe });
    return policy;
  }

  private attempt(arrivedAtMs: number, tried: readonly Target[]): void {
    const attempt = this.group.begin(undefined, tried.length > 0 ? tried : undefined);
    const { clock, samples } = this.world;
    if (attempt === undefined) {
      samples.add(arrivedAtMs, clock.now() - arrivedAtMs, -1, true);
      return;
    }
    const { target } = attempt;
    const settle = (reply: Reply) => {
      if (reply.kind === "answered") {
        const tookMs = clock.now() - attempt.startedAtMs;
        attempt.end({ kind: "answered", status: reply.status, firstByteMs: tookMs, completeMs: tookMs });
        const index = this.indexes.get(target) ?? -1;
        samples.add(arrivedAtMs, clock.now() - arrivedAtMs, index, reply.status >= 400);
        return;
      }
      const refused = reply.kind === "refused";
      attempt.end({ kind: "failed", reason: refused ? "connect" : "reset", sent: !refused });
      // The simulated requests are idempotent, so that both may be tried elsewhere.
      this.attempt(arrivedAtMs, [...tried, target]);
    };
    this.server(target).request(settle);
  }
}
