import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { failure, type Outcome, success } from "../outcome.ts";
import { type LabCluster, type LabTarget, labConfig } from "./clusters.ts";
import { waitUntilHealthy } from "./health.ts";
import { type ManagedProcess, startProcess } from "./process.ts";

const stopGraceMs = 5000;

export interface LabOptions {
  readonly clusters: readonly LabCluster[];
  readonly policy: string;
  /** Of the backends' service times; the n-th backend gets `seed + n`. */
  readonly seed: number;
  /** Command lines of the two programs, to which the lab adds its options. */
  readonly balancer: readonly string[];
  readonly backend: readonly string[];
  /** For each program to listen, and for all targets to become healthy. */
  readonly readyTimeoutMs: number;
  /** Stops what has been started so far and rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** A running lab. */
export interface Lab {
  /** Of the balancer, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  readonly targets: ReadonlyMap<LabCluster, readonly LabTarget[]>;
  /** Ends every process of the lab; resolves when none is left. */
  stop(): Promise<void>;
}

/** Starts backends and balancer as processes on 127.0.0.1. On a fault nothing is left running. */
export async function startLab(options: LabOptions): Promise<Outcome<Lab>> {
  const processes: ManagedProcess[] = [];
  const scratch = await mkdtemp(join(tmpdir(), "ballast-lab-"));
  const killAll = () => {
    for (const child of processes) child.kill();
  };
  // The last resort for an exit that nobody waited for: processes must not outlive the lab.
  process.on("exit", killAll);
  const stop = async () => {
    // The balancer, started last, ends first, so that its last answers find their backends.
    await processes.at(-1)?.stop(stopGraceMs);
    await Promise.all(processes.map((child) => child.stop(stopGraceMs)));
    process.off("exit", killAll);
    await rm(scratch, { recursive: true, force: true });
  };
  // Whoever waits for a line of a process that is still starting hears at once that it has ended.
  options.signal.addEventListener("abort", killAll, { once: true });
  const lab = await launch(options, processes, join(scratch, "lb.json")).catch(async (error) => {
    await stop();
    throw error;
  });
  options.signal.removeEventListener("abort", killAll);
  if (!lab.ok) {
    await stop();
    return lab;
  }
  return success({ ...lab.value, stop });
}

/** Adds each process to `processes` as soon as it exists. */
async function launch(
  options: LabOptions,
  processes: ManagedProcess[],
  configPath: string,
): Promise<Outcome<Omit<Lab, "stop">>> {
  const { clusters, signal, readyTimeoutMs } = options;
  const run = async (name: string, command: readonly string[], ready: RegExp): Promise<Outcome<string>> => {
    signal.throwIfAborted();
    const child = startProcess(name, command);
    if (!child.ok) return child;
    processes.push(child.value);
    const line = await child.value.waitForLine(ready, readyTimeoutMs);
    signal.throwIfAborted();
    return line.ok ? success(line.value[1] ?? "") : failure(`${name} did not start: ${line.fault}`);
  };

  let started = 0;
  const startBackend = async (cluster: LabCluster, id: string): Promise<Outcome<LabTarget>> => {
    const seed = String(options.seed + ++started);
    const flags = { port: "0", id, cluster: cluster.name, profile: cluster.profile, seed };
    const command = [
      ...options.backend,
      ...Object.entries(flags).flatMap(([key, value]) => [`--${key}`, value]),
    ];
    const url = await run(`backend ${id}`, command, /listening on (http:\/\/\S+)$/);
    return url.ok ? success({ id, url: url.value }) : url;
  };

  const targets = new Map<LabCluster, readonly LabTarget[]>();
  for (const cluster of clusters) {
    const members = await Promise.all(cluster.instanceIds.map((id) => startBackend(cluster, id)));
    const faulty = members.find((member) => !member.ok);
    if (faulty !== undefined && !faulty.ok) return faulty;
    targets.set(
      cluster,
      members.flatMap((member) => (member.ok ? [member.value] : [])),
    );
  }

  await Bun.write(configPath, JSON.stringify(labConfig(options.policy, targets), null, 2));
  const listening = /^listener public on (http:\/\/\S+)$/;
  const url = await run("balancer", [...options.balancer, "--config", configPath], listening);
  if (!url.ok) return url;
  const ids = clusters.flatMap((cluster) => cluster.instanceIds);
  const healthy = await waitUntilHealthy(`${url.value}/status`, ids, readyTimeoutMs, signal);
  if (!healthy.ok) return failure(`${healthy.fault}\n${processes.at(-1)?.describe()}`);
  return success({ url: url.value, targets });
}
