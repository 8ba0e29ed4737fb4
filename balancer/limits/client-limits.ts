import type { Config, ListenerConfig, RateLimitConfig } from "../config/schema.ts";
import { ClientCounts, createCountsMemory } from "./client-counts.ts";
import { createRateMemory, RateLimiter } from "./rate-limiter.ts";

/** What a listener's limits by client address stand in, where it has any. */
interface ListenerLimitsMemory {
  readonly connections: ArrayBufferLike | undefined;
  readonly requests: ArrayBufferLike | undefined;
  /** Of each route, in the config's order. */
  readonly routes: readonly (ArrayBufferLike | undefined)[];
}

/** By listener's name: the buffers go to every worker as they are. */
export type ClientLimitsMemory = Readonly<Record<string, ListenerLimitsMemory>>;

/** What a client's address may do at one listener; undefined for what is not limited. */
export interface ClientLimits {
  readonly connections: ClientCounts | undefined;
  readonly requests: RateLimiter | undefined;
  /** Of each route, in the config's order. */
  readonly routes: readonly (RateLimiter | undefined)[];
}

/** `previous`: that of the config before; a listener of the same name counts on where it did. */
export function createClientLimitsMemory(
  config: Config,
  threadCount: number,
  previous: ClientLimitsMemory = {},
): ClientLimitsMemory {
  return Object.fromEntries(
    config.listeners.map((listener) => {
      const { maxConnections, rateLimit, routes } = limitsIn(listener);
      const before = previous[listener.name];
      const connections = () => before?.connections ?? createCountsMemory(threadCount);
      return [
        listener.name,
        {
          connections: maxConnections === undefined ? undefined : connections(),
          requests: rateLimit && (before?.requests ?? createRateMemory()),
          routes: routes.map((limit, index) => limit && (before?.routes[index] ?? createRateMemory())),
        },
      ];
    }),
  );
}

/** The view that thread number `thread` needs; without memory the listener's limits are this thread's own. */
export function clientLimitsOf(
  listener: ListenerConfig,
  memory?: ListenerLimitsMemory,
  thread = 0,
): ClientLimits {
  const { maxConnections, rateLimit, routes } = limitsIn(listener);
  return {
    connections:
      maxConnections === undefined
        ? undefined
        : new ClientCounts(maxConnections, memory?.connections, memory === undefined ? 0 : thread),
    requests: rateLimit && limiterOf(rateLimit, memory?.requests),
    routes: routes.map((limit, index) => limit && limiterOf(limit, memory?.routes[index])),
  };
}

/** Forgets the connections of a thread that is no more. */
export function closeAllOf(config: Config, memory: ClientLimitsMemory, thread: number): void {
  for (const listener of config.listeners)
    clientLimitsOf(listener, memory[listener.name]).connections?.closeAllOf(thread);
}

function limiterOf(
  { requests, per, burst }: RateLimitConfig,
  memory: ArrayBufferLike | undefined,
): RateLimiter {
  return new RateLimiter({ requests, perMs: per, burst: burst ?? Math.ceil(requests) }, memory);
}

function limitsIn(listener: ListenerConfig): {
  readonly maxConnections: number | undefined;
  readonly rateLimit: RateLimitConfig | undefined;
  readonly routes: readonly (RateLimitConfig | undefined)[];
} {
  const isHttp = listener.protocol === "http";
  return {
    maxConnections: listener.protocol === "udp" ? undefined : listener.maxConnectionsPerClient,
    rateLimit: isHttp ? listener.rateLimit : undefined,
    routes: isHttp ? listener.routes.map((route) => route.rateLimit) : [],
  };
}
