import type { Clock } from "../../cluster/clock.ts";
import type { Target } from "../../cluster/target.ts";
import { httpMaxConnections } from "../../config/group-schema.ts";
import type { GroupConfig } from "../../config/schema.ts";
import { type Endpoint, endpointOf } from "../upstream/endpoint.ts";
import { Pool, type PoolLimits } from "../upstream/pool.ts";

/** What a target is reached by. */
interface Reach {
  readonly endpoint: Endpoint;
  readonly limits: PoolLimits;
  readonly pool: Pool;
}

/** What the targets of a group are reached by, also those that have left: attempts at them still end by it. */
export class TargetReaches {
  private readonly reaches = new WeakMap<Target, Reach>();

  /** `ca`: PEM text of the authorities that the config's `tls.ca` names. */
  constructor(
    private readonly config: GroupConfig,
    private readonly clock: Clock,
    private readonly ca: string | undefined,
  ) {}

  /** Takes over what these targets are reached by under another config, where it would be no other now. */
  takeOver(targets: readonly Target[], before: TargetReaches): void {
    for (const target of targets) this.reaches.set(target, this.newReach(target, before.of(target)));
  }

  meet(target: Target): void {
    if (!this.reaches.has(target)) this.reaches.set(target, this.newReach(target, undefined));
  }

  endpointOf(target: Target): Endpoint {
    return this.of(target).endpoint;
  }

  poolOf(target: Target): Pool {
    return this.of(target).pool;
  }

  /** Closes every connection to these targets as soon as it is idle, but for those that `next` has taken over. */
  close(targets: readonly Target[], next: TargetReaches | undefined): void {
    for (const target of targets) {
      const pool = this.poolOf(target);
      if (next?.reaches.get(target)?.pool !== pool) pool.close();
    }
  }

  private of(target: Target): Reach {
    const reach = this.reaches.get(target);
    if (reach === undefined) throw new Error(`target ${target.id} is not of this group`);
    return reach;
  }

  private newReach(target: Target, before: Reach | undefined): Reach {
    const { config, clock, ca } = this;
    const { serverName, verify = true } = config.tls ?? {};
    const endpoint = endpointOf(target.url, { serverName, verify, ca });
    const limits = {
      connectTimeoutMs: config.connectTimeout,
      idleTimeoutMs: config.idleTimeout,
      maxConnections: config.maxConnections ?? httpMaxConnections,
      maxQueue: config.maxQueue,
      queueTimeoutMs: config.queueTimeout,
    };
    if (before !== undefined && Bun.deepEquals([before.endpoint, before.limits], [endpoint, limits]))
      return before;
    return { endpoint, limits, pool: new Pool(endpoint, limits, clock, target.tally) };
  }
}
