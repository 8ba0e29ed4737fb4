import type { Config } from "../config/schema.ts";

/** How many threads serve; `auto` is one for each core that the process may use. */
export function workerCount(workers: Config["workers"]): number {
  return workers === "auto" ? navigator.hardwareConcurrency : workers;
}

/** The config with its limits shared out: workers have connections of their own, so each gets its part, rounded up. */
export function configPerWorker(config: Config, workers: number): Config {
  const part = (limit: number) => Math.ceil(limit / workers);
  const groups = Object.entries(config.groups).map(([name, group]) => [
    name,
    { ...group, maxConnections: part(group.maxConnections), maxQueue: part(group.maxQueue) },
  ]);
  return { ...config, groups: Object.fromEntries(groups) };
}

/** The config with these ports instead of its own. */
export function configOnPorts(config: Config, ports: readonly number[]): Config {
  const listeners = config.listeners.map((listener, index) => ({
    ...listener,
    listen: { ...listener.listen, port: ports[index] ?? listener.listen.port },
  }));
  return { ...config, listeners };
}
