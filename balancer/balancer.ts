import type { Writable } from "node:stream";
import { version } from "../package.json";
import type { AdminServer } from "./admin/admin-server.ts";
import { type Clock, systemClock, type Timer } from "./cluster/clock.ts";
import { newGroupMemory } from "./cluster/group-memory.ts";
import type { ListenAddress } from "./config/scalars.ts";
import type { Config, ListenerConfig, TargetConfig } from "./config/schema.ts";
import { MainTasks } from "./main-tasks.ts";
import type { AccessLog } from "./observe/access-log.ts";
import { Counts, type CountsMemory, createCountsMemory } from "./observe/counts.ts";
import { watchLoopLag } from "./observe/loop-lag.ts";
import type { MainStatus } from "./observe/main-status.ts";
import { openAccessLog, openStdout } from "./observe/open-access-log.ts";
import { startTracing, type Tracing } from "./observe/tracing/start-tracing.ts";
import { openAdmin } from "./open-admin.ts";
import { type PemFiles, readPemFiles } from "./pem-files.ts";
import { openPorts } from "./ports.ts";
import { createServices, type GroupService, type Services } from "./services.ts";
import { type MainServing, type Serving, startServing } from "./serving.ts";
import { isForWorkers, workerCount } from "./workers/limits.ts";
import { requireFreePorts } from "./workers/port-check.ts";
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
  /** Where servers announce themselves, such as `tcp://0.0.0.0:8081`; undefined where they can't. */
  readonly control: string | undefined;
  /** Where operators look and act, such as `http://127.0.0.1:9900`; undefined where they can't. */
  readonly admin: string | undefined;
  /**
   * Has the group balance over these targets from now on, in all threads. One with the id and URL of a present one is that
   * one: it keeps its state, counts, estimates and connections, and a new weight counts at once. New ones begin as
   * `unknown`, with slow start; the others drain. Throws when there is no such group.
   */
  setTargets(group: string, targets: readonly TargetConfig[]): void;
  /** Takes no new connections, answers what is open, ends; what takes longer than `drainTimeout` is cut off. */
  drain(): Promise<void>;
  /** Goes on in new files of the same names, once the old ones were moved away. */
  reopenLogs(): void;
  /** Ends at once. */
  stop(): Promise<void>;
}

/** The program of the workers; stands beside this one in the source and in the executable. */
const workerEntry = new URL("./worker.ts", import.meta.url).href;

const mainStatusMs = 1000;

interface Start {
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly config: Config;
  readonly pemFiles: PemFiles;
  readonly log: (line: string) => void;
  readonly tasks: MainTasks;
  readonly counts: Counts;
  /** What these, and those of workers, stand in. */
  readonly countsMemory: CountsMemory;
  readonly tracing: Tracing | undefined;
}

/** Serves, and takes changes. */
type Changeable = MainServing & Pick<Balancer, "setTargets">;

/**
 * `log` takes lines for people; rejects with a clear message when a listener or a file can't be opened.
 * `entry`: URL of the workers' program.
 */
export async function startBalancer(
  given: Config,
  log: (line: string) => void,
  entry = workerEntry,
): Promise<Balancer> {
  const clock = systemClock;
  const startedAtMs = clock.now();
  const config = { ...given, zone: given.zone ?? process.env.BALLAST_ZONE };
  const pemFiles = readPemFiles(config);
  const workers = workerCount(config.workers);
  const countsMemory = createCountsMemory(config, workers === 1 ? 1 : workers + 1);
  const counts = new Counts(countsMemory, 0);
  const tasks = new MainTasks({ config, clock, log });
  const start: Start = {
    clock,
    startedAtMs,
    config: await tasks.firstTargets(),
    pemFiles,
    log,
    tasks,
    counts,
    countsMemory,
    tracing: config.tracing && startTracing(config.tracing, version, clock, counts, log),
  };
  let isDraining = false;
  let serving: Changeable | undefined;
  let admin: AdminServer | undefined;
  try {
    serving = await (workers === 1 ? serveAlone(start) : serveWith(workers, entry, start));
    const options = { serving, isDraining: () => isDraining, clock, startedAtMs, log };
    admin = config.admin && openAdmin({ config: config.admin, listeners: config.listeners, ...options });
  } catch (error) {
    tasks.stop();
    await serving?.stop();
    throw error;
  }
  tasks.start(serving.services, serving.setTargets);
  return {
    listeners: config.listeners.map((listener, index) => ({
      name: listener.name,
      url: urlOf(schemeOf(listener), listener.listen, serving.ports[index]),
    })),
    control:
      config.control === undefined ? undefined : urlOf("tcp", config.control.listen, serving.controlPort),
    admin: admin?.url,
    setTargets: serving.setTargets,
    reopenLogs: () => serving.reopenLogs(),
    async drain() {
      isDraining = true;
      tasks.drain();
      await drain(serving, clock, config.drainTimeout, log);
      await Promise.all([tasks.close(), start.tracing?.close(), admin?.stop()]);
    },
    async stop() {
      tasks.stop();
      await Promise.all([serving.stop(), admin?.stop()]);
      await start.tracing?.close();
    },
  };
}

/** In this thread alone. */
async function serveAlone(start: Start): Promise<Changeable> {
  const services = createServices(start);
  const accessLog = openLog(start, openStdout);
  const serving = await startServing({
    ...start,
    services,
    accessLog,
    tracer: start.tracing?.tracer,
    reusePort: false,
    hasControl: true,
    isOurs: () => true,
  });
  const setTargets = (name: string, targets: readonly TargetConfig[]) =>
    groupNamed(services, name).setTargets(targets);
  return { ...serving, setTargets };
}

function groupNamed(services: Services, name: string): GroupService {
  const service = services.all.get(name);
  if (service === undefined)
    throw new Error(`no group ${name}; expected one of ${[...services.all.keys()].join(", ")}`);
  return service;
}

/**
 * In so many threads beside this one, which keeps what is only to be done once: checks of the targets, UDP, and the control
 * channel with its ports.
 */
async function serveWith(workers: number, entry: string, start: Start): Promise<Changeable> {
  const { config, clock, counts } = start;
  await requireFreePorts(config.listeners.filter(isForWorkers));
  const services = createServices({
    ...start,
    memoryOf: (group) => newGroupMemory(config.groups[group]?.targets.length ?? 0, workers + 1),
  });
  const stdout = openStdout();
  const hasOwn = config.control !== undefined || config.listeners.some((listener) => !isForWorkers(listener));
  const tellsStatus = hasOwn || start.tasks.hasStatus;
  const accessLog = hasOwn ? openLog(start, () => stdout) : undefined;
  const own = await openPorts({
    ...start,
    services,
    accessLog,
    tracer: start.tracing?.tracer,
    reusePort: false,
    hasControl: true,
    isOurs: (listener) => !isForWorkers(listener),
  });
  const pool = await WorkerPool.start({
    ...start,
    services: services.all,
    workers,
    onTraces: (records) => start.tracing?.take(records),
    entry,
    stdout,
  }).catch(async (error: Error) => {
    await own.stop();
    throw error;
  });
  for (const service of services.all.values()) service.start();
  const lag = watchLoopLag(clock, counts);
  const telling = tellsStatus ? tellStatus(own.mainStatus, pool, clock) : undefined;
  const close = async () => {
    telling?.cancel();
    lag.cancel();
    for (const service of services.all.values()) service.stop();
    await accessLog?.close();
  };
  return {
    services,
    counts,
    registered: own.registered,
    mainStatus: own.mainStatus,
    ports: config.listeners.map(
      (listener, index) => (isForWorkers(listener) ? pool : own).ports[index] ?? listener.listen.port,
    ),
    controlPort: own.controlPort,
    setTargets(name, targets) {
      const service = groupNamed(services, name);
      service.setTargets(targets);
      pool.tellTargets(service.group);
    },
    reopenLogs() {
      pool.reopenLogs();
      accessLog?.reopen();
    },
    drain: async () => void (await Promise.all([pool.drain(), own.drain()]).finally(close)),
    stop: async () => void (await Promise.all([pool.stop(), own.stop()]).finally(close)),
  };
}

/** Workers tell in `/status` of what only this thread knows: as it was a second ago at most. */
function tellStatus(status: () => MainStatus, pool: WorkerPool, clock: Clock): Timer {
  let timer: Timer | undefined;
  const tell = () => {
    pool.tellStatus(status());
    timer = clock.after(mainStatusMs, tell);
  };
  tell();
  return { cancel: () => timer?.cancel() };
}

/** This thread's access log, where there is one; `stdout`: where its lines go that are for stdout. */
function openLog(
  { config: { accessLog: config }, clock, counts, log }: Start,
  stdout: () => Writable,
): AccessLog | undefined {
  if (config === undefined) return undefined;
  const onLost = (lines: number) => counts.add("lostLogLines", lines);
  return openAccessLog({ config, stdout, clock, log, onLost });
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

function urlOf(scheme: string, { hostname, port }: ListenAddress, portInUse = port): string {
  return `${scheme}://${hostname.includes(":") ? `[${hostname}]` : hostname}:${portInUse}`;
}

function schemeOf(listener: ListenerConfig): string {
  if (listener.protocol === "http") return listener.tls === undefined ? "http" : "https";
  return listener.protocol === "tcp" && listener.tls !== undefined ? "tls" : listener.protocol;
}
