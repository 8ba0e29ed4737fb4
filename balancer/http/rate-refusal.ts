import type { RateLimiter } from "../limits/rate-limiter.ts";

/** Why a client that asks too often is not answered. */
export interface RateRefusal {
  readonly reason: string;
  readonly retryAfterSeconds: number;
  /** `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10). */
  readonly fields: readonly (readonly [string, string])[];
}

/** Takes a token of each limiter that there is; undefined when the request may pass. */
export function rateRefusal(
  limiters: readonly [RateLimiter | undefined, RateLimiter | undefined],
  client: string,
  nowMs: number,
): RateRefusal | undefined {
  for (const limiter of limiters) {
    const waitMs = limiter?.take(client, nowMs) ?? 0;
    if (limiter === undefined || waitMs === 0) continue;
    const { requests, perMs } = limiter.limit;
    const seconds = Math.max(1, Math.ceil(waitMs / 1000));
    return {
      reason: "too many requests",
      retryAfterSeconds: seconds,
      fields: [
        ["ratelimit-policy", `"client";q=${requests};w=${Math.max(1, Math.ceil(perMs / 1000))}`],
        ["ratelimit", `"client";r=0;t=${seconds}`],
      ],
    };
  }
  return undefined;
}
