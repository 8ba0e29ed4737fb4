import { createWriteStream } from "node:fs";
import { type Clock, systemClock } from "./cluster/clock.ts";
import type { Config, ListenerConfig } from "./config/schema.ts";
import { openAccessLog } from "./observe/access-log.ts";
import { type PemFiles, readPemFiles } from "./pem-files.ts";
import { createServices } from "./services.ts";
import { type Serving, startServing } from "./serving.ts";
import { workerCount } from "./workers/limits.ts";
import { requireFreePorts } from "./workers/port-check.ts";
import { createSharedMemory, viewSharedMemory } from "./workers/shared-memory.ts";
import { WorkerPool } from "./workers/worker-pool.ts";

/** A listener that is up. */
export interface RunningListener {
  readonly name: string;
  /** Such as `http://127.0.0.1:8080` or `tcp://127.0.0.1:5432`, with the port in use. */
  readonly url: string;
}

/** A running balancer. */
export interface Balancer {
  readonly listeners: readonly RunningListener[];
  /** Takes no new connections, answers what is open, ends; what takes longer than `drainTimeout` is cut off. */
  drain(): Promise<void>;
  /** Ends at once. */
  stop(): Promise<void>;
}

/** The program of the workers; stands beside this one in the source and in the executable. */
const workerEntry = new URL("./worker.ts", import.meta.url).href;

interface Start {
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly config: Config;
  readonly pemFiles: PemFiles;
  readonly log: (line: string) => void;
}

/**
 * `log` takes lines for people; rejects with a clear message when a listener or a file can't be opened.
 * `entry`: URL of the workers' program.
 */
export async function startBalancer(
  config: Config,
  log: (line: string) => void,
  entry = workerEntry,
): Promise<Balancer> {
  const clock = systemClock;
  const start: Start = { clock, startedAtMs: clock.now(), config, pemFiles: readPemFiles(config), log };
  const workers = workerCount(config.workers);
  const serving = workers === 1 ? serveAlone(start) : await serveWith(workers, entry, start);
  return {
    listeners: config.listeners.map((listener, index) => ({
      name: listener.name,
      url: listenerUrl(listener, serving.ports[index] ?? listener.listen.port),
    })),
    drain: () => drain(serving, clock, config.drainTimeout, log),
    stop: () => serving.stop(),
  };
}

/** In this thread alone. */
function serveAlone(start: Start): Serving {
  const { config, clock, log } = start;
  const services = createServices(start);
  const accessLog = config.accessLog === undefined ? undefined : openAccessLog(config.accessLog, clock, log);
  return startServing({ ...start, services, accessLog, reusePort: false });
}

/** In so many threads beside this one, which keeps what is only to be done once: checks of the targets. */
async function serveWith(workers: number, entry: string, start: Start): Promise<Serving> {
  const { config } = start;
  await requireFreePorts(config.listeners);
  const memory = createSharedMemory(config, workers + 1);
  const services = createServices({ ...start, memoryOf: (group) => viewSharedMemory(memory, group, 0) });
  const stdout = createWriteStream("", { fd: 1, autoClose: false });
  const pool = await WorkerPool.start({ ...start, memory, services, workers, entry, stdout });
  for (const service of services.values()) service.start();
  const close = () => {
    for (const service of services.values()) service.stop();
  };
  return {
    ports: pool.ports,
    drain: () => pool.drain().finally(close),
    stop: () => pool.stop().finally(close),
  };
}

/** Gives what is open so much time to finish. */
async function drain(
  serving: Serving,
  clock: Clock,
  timeoutMs: number,
  log: (line: string) => void,
): Promise<void> {
  const timeout = Promise.withResolvers<"timeout">();
  const timer = clock.after(timeoutMs, () => timeout.resolve("timeout"));
  if ((await Promise.race([serving.drain(), timeout.promise])) === "timeout") {
    log(`not drained within ${timeoutMs} ms: cutting off what is open`);
    await serving.stop();
  }
  timer.cancel();
}

function listenerUrl(listener: ListenerConfig, port: number): string {
  const { hostname } = listener.listen;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${schemeOf(listener)}://${host}:${port}`;
}

function schemeOf(listener: ListenerConfig): string {
  if (listener.protocol === "http") return listener.tls === undefined ? "http" : "https";
  return listener.protocol === "tcp" && listener.tls !== undefined ? "tls" : listener.protocol;
}
