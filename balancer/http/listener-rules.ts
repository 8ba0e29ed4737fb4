import { systemRandom } from "../cluster/random.ts";
import { isInNetworks, networksOf } from "../config/cidr.ts";
import type { HttpListenerConfig } from "../config/schema.ts";
import type { EdgeOptions } from "./edge.ts";
import { ownHostOf } from "./message/request-head.ts";
import { planRoutes, type RoutePlan } from "./routing/route-plan.ts";
import { createRouter, type Router } from "./routing/router.ts";

/** What of a listener each request is looked at by, at either edge. */
export interface ListenerRules {
  readonly router: Router<RoutePlan>;
  readonly scheme: "http" | "https";
  /** Stands in where a client names no host. */
  readonly ownHost: string;
  /** Whose word about its own client is kept. */
  readonly isTrusted: (address: string) => boolean;
}

export function listenerRules(options: EdgeOptions): ListenerRules {
  const { listener, certificates, services, limits, random = systemRandom() } = options;
  return {
    router: createRouter(planRoutes(listener.routes, services, limits?.routes ?? [], random)),
    scheme: certificates.length > 0 ? "https" : "http",
    ownHost: ownHostOf(listener),
    isTrusted: trustOf(listener),
  };
}

/** Tells the listener's trusted proxies from all others. */
export function trustOf({ trustedProxies }: Pick<HttpListenerConfig, "trustedProxies">) {
  const networks = networksOf(trustedProxies);
  return (address: string): boolean => isInNetworks(address, networks);
}
