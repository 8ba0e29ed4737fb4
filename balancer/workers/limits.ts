import { httpMaxConnections } from "../config/group-schema.ts";
import { groupProtocolOf } from "../config/protocol-rules.ts";
import type { Config, GroupConfig, ListenerConfig } from "../config/schema.ts";

/** How many threads serve; `auto` is one for each core that the process may use. */
export function workerCount(workers: Config["workers"]): number {
  return workers === "auto" ? navigator.hardwareConcurrency : workers;
}

/**
 * Whether workers serve the listener, and the main thread does not. UDP is the main thread's: when a worker died, the
 * system would deal all clients out anew among the sockets of the port, away from their sessions.
 */
export function isForWorkers({ protocol }: ListenerConfig): boolean {
  return protocol !== "udp";
}

/** The config with its limits shared out: workers have connections of their own, so each gets its part, rounded up. */
export function configPerWorker(config: Config, workers: number): Config {
  const part = (limit: number) => Math.ceil(limit / workers);
  const groups = Object.entries(config.groups).map(([name, group]) => [
    name,
    { ...group, ...groupPart(group, part) },
  ]);
  const listeners = config.listeners.map((listener) =>
    listener.protocol !== "udp" && listener.maxConnections !== undefined
      ? { ...listener, maxConnections: part(listener.maxConnections) }
      : listener,
  );
  return { ...config, listeners, groups: Object.fromEntries(groups) };
}

/** The limits of a group, of which each worker has its part. */
function groupPart(group: GroupConfig, part: (limit: number) => number): Partial<GroupConfig> {
  const { maxQueue, maxRequests, maxInGroup, concurrency, retry } = group;
  const maxConnections =
    group.maxConnections ?? (groupProtocolOf(group) === "http" ? httpMaxConnections : undefined);
  return {
    ...(maxConnections !== undefined && { maxConnections: part(maxConnections) }),
    maxQueue: part(maxQueue),
    ...(maxRequests !== undefined && { maxRequests: part(maxRequests) }),
    ...(maxInGroup !== undefined && { maxInGroup: part(maxInGroup) }),
    ...(concurrency !== undefined && {
      concurrency: { ...concurrency, min: part(concurrency.min), max: part(concurrency.max) },
    }),
    retry: { ...retry, minPerSecond: part(retry.minPerSecond) },
  };
}

/** The config with these ports instead of its own. */
export function configOnPorts(config: Config, ports: readonly number[]): Config {
  const listeners = config.listeners.map((listener, index) => ({
    ...listener,
    listen: { ...listener.listen, port: ports[index] ?? listener.listen.port },
  }));
  return { ...config, listeners };
}
