import type { Random } from "../../cluster/random.ts";
import type { RouteConfig } from "../../config/schema.ts";
import type { RateLimiter } from "../../limits/rate-limiter.ts";
import { Mirror } from "../exchange/mirror.ts";
import type { FieldLookup } from "../message/fields.ts";
import type { Service } from "../service/service.ts";
import { hashKeyOf } from "./hash-key.ts";
import type { RoutePattern } from "./router.ts";
import { TrafficSplit } from "./traffic-split.ts";

/** A route with all that it names. */
export interface RoutePlan extends RoutePattern {
  readonly stripPrefix: boolean;
  readonly to: Service | TrafficSplit;
  readonly mirror: Mirror | undefined;
  /** How often each client may ask. */
  readonly limiter: RateLimiter | undefined;
}

/** Where a request of a route goes, and what the groups want to know of it. */
export interface Destination {
  readonly service: Service;
  /** For hashing policies. */
  readonly key: string | undefined;
  /** What the client's cookie says, in groups with sticky sessions. */
  readonly session: string | undefined;
}

/** Of checked config: every group that is named is among `services`. */
export function planRoutes(
  routes: readonly RouteConfig[],
  services: ReadonlyMap<string, Service>,
  limiters: readonly (RateLimiter | undefined)[],
  random: Random,
): RoutePlan[] {
  const serviceOf = (group: string | undefined): Service => {
    const service = services.get(group ?? "");
    if (service === undefined) throw new Error(`no service for group ${group}`);
    return service;
  };
  return routes.map(({ path, host, group, split, splitOn, stripPrefix, mirror }, index) => ({
    path,
    host,
    stripPrefix,
    to:
      split === undefined
        ? serviceOf(group)
        : new TrafficSplit(
            split.map((share) => ({ service: serviceOf(share.group), weight: share.weight })),
            splitOn,
            random,
          ),
    limiter: limiters[index],
    mirror: mirror && new Mirror(serviceOf(mirror.group), mirror.percent / 100, random),
  }));
}

/** The group of all of the route's requests; undefined where they are split. */
export function soleGroupOf({ to }: RoutePlan): string | undefined {
  return to instanceof TrafficSplit ? undefined : to.group.name;
}

/** Draws where a split route's request goes. */
export function destinationOf({ to }: RoutePlan, client: string, fields: FieldLookup): Destination {
  const service = to instanceof TrafficSplit ? to.choose(client, fields) : to;
  return {
    service,
    key: hashKeyOf(service.hashOn, client, fields),
    session: service.sticky?.sessionOf(fields.get("cookie")),
  };
}

/** What the shadow's policy hashes of a request; nothing is looked at where there is no mirror. */
export function mirrorKeyOf({ mirror }: RoutePlan, client: string, fields: FieldLookup): string | undefined {
  return hashKeyOf(mirror?.service.hashOn, client, fields);
}
