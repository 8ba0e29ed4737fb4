import type { Target } from "../../balancer/cluster/target.ts";
import { lowest } from "../../balancer/policy/choose/lowest.ts";
import type { Policy } from "../../balancer/policy/policy.ts";
import type { SimServer } from "./server.ts";

/**
 * The bound that policies are measured by: knows every server's true speed, its present faults, and its whole queue,
 * whoever filled it, and sends each request to where the work already there ends first.
 */
export function clairvoyant(servers: ReadonlyMap<string, SimServer>): Policy {
  const score = (target: Target) => {
    const server = servers.get(target.id);
    if (server === undefined || !server.works) return Number.POSITIVE_INFINITY;
    return ((server.inSystem + 1) / server.workers) * server.meanMs * server.slowdown;
  };
  return { pick: (available) => lowest(available, score), score };
}
