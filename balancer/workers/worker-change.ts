import type { Config } from "../config/schema.ts";
import type { GroupService } from "../serving/services.ts";
import type { NextConfig } from "../serving/serving.ts";
import { configOnPorts, configPerWorker } from "./limits.ts";
import type { WorkerChange } from "./messages.ts";
import { type SharedMemory, shareGroup } from "./shared-memory.ts";
import type { WorkerThread } from "./worker-thread.ts";

/** A config, and what threads that serve by it share. */
export type WorkersConfig = Pick<NextConfig, "config" | "pemFiles" | "countsMemory" | "limitsMemory">;

/** The ports that a config asks for; 0 where the system is to choose. */
export function portsOf({ listeners }: Config): readonly number[] {
  return listeners.map(({ listen }) => listen.port);
}

/** Who is in each of the main thread's groups now. */
export function shareAll(services: ReadonlyMap<string, GroupService>): SharedMemory {
  return Object.fromEntries([...services].map(([name, { group }]) => [name, shareGroup(group)]));
}

/** The config as each of `workers` workers is told of it. */
export function workerChange(
  { config, pemFiles, countsMemory, limitsMemory }: WorkersConfig,
  ports: readonly number[],
  workers: number,
  services: ReadonlyMap<string, GroupService>,
): WorkerChange {
  return {
    config: configPerWorker(configOnPorts(config, ports), workers),
    pemFiles,
    memory: shareAll(services),
    counts: countsMemory,
    limits: limitsMemory,
  };
}

/**
 * Has all of them open what `next` needs besides; resolves with its ports. Rejects with a clear message, nothing changed,
 * when one can't.
 */
export async function prepareThreads(
  threads: readonly WorkerThread[],
  next: WorkersConfig,
  workers: number,
  services: ReadonlyMap<string, GroupService>,
): Promise<readonly number[]> {
  let ports = portsOf(next.config);
  try {
    // As at the start: the first may have the system choose ports.
    for (const thread of threads) ports = await thread.prepare(workerChange(next, ports, workers, services));
  } catch (error) {
    abandonChange(threads);
    throw error;
  }
  return ports;
}

/** What they have opened for it is not needed. */
export function abandonChange(threads: readonly WorkerThread[]): void {
  for (const thread of threads) thread.post({ kind: "abandon" });
}
