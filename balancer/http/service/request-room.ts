import { AdaptiveLimit } from "../../cluster/adaptive-limit.ts";
import type { Random } from "../../cluster/random.ts";
import { type RoomCounts, TargetRoom } from "../../cluster/target-room.ts";
import type { GroupConfig } from "../../config/schema.ts";

/** Undefined where the limit of requests in flight is not found out. */
export function adaptiveLimitOf(
  { concurrency, maxInGroup }: GroupConfig,
  random: Random,
): AdaptiveLimit | undefined {
  if (concurrency === undefined) return undefined;
  const max = Math.min(concurrency.max, maxInGroup ?? concurrency.max);
  return new AdaptiveLimit({ min: Math.min(concurrency.min, max), max }, random);
}

/** Requests need no room of their own where only connections are limited. */
export function roomOf(
  config: GroupConfig,
  adaptive: AdaptiveLimit | undefined,
  counts: RoomCounts,
): TargetRoom | undefined {
  const { maxRequests, maxInGroup, maxQueue } = config;
  if (maxRequests === undefined && maxInGroup === undefined && adaptive === undefined) return undefined;
  const most = maxInGroup ?? Number.POSITIVE_INFINITY;
  const inGroup = adaptive === undefined ? { limit: most } : adaptive;
  return new TargetRoom({ perTarget: maxRequests ?? Number.POSITIVE_INFINITY, inGroup, maxQueue }, counts);
}
