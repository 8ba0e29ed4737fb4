import type { Writable } from "node:stream";
import type { Clock, Timer } from "../cluster/clock.ts";
import type { Group } from "../cluster/group.ts";
import { newGroupMemory } from "../cluster/group-memory.ts";
import type { Target } from "../cluster/target.ts";
import type { AccessLogConfig } from "../config/access-log-schema.ts";
import type { Config, ListenerConfig, TargetConfig } from "../config/schema.ts";
import type { PemFiles } from "../files/pem-files.ts";
import type { ClientLimitsMemory } from "../limits/client-limits.ts";
import type { AccessLog } from "../observe/access-log.ts";
import type { Counts, CountsMemory } from "../observe/counts.ts";
import type { MainStatus } from "../observe/main-status.ts";
import { openAccessLog, openStdout, shareOf } from "../observe/open-access-log.ts";
import type { Tracing } from "../observe/tracing/start-tracing.ts";
import type { ReloadRecord } from "../reload/reload-record.ts";
import type { Inheritance } from "../takeover/inherited.ts";
import { coresToPin } from "../workers/cores.ts";
import { configOnPorts, isForWorkers } from "../workers/limits.ts";
import { requireFreePorts } from "../workers/port-check.ts";
import { WorkerPool } from "../workers/worker-pool.ts";
import type { MainTasks } from "./main-tasks.ts";
import type { GroupService, Services } from "./services.ts";
import { type MainServing, type NextConfig, type PreparedConfig, startServing } from "./serving.ts";

const mainStatusMs = 1000;

export interface Start {
  readonly clock: Clock;
  readonly startedAtMs: number;
  readonly config: Config;
  readonly pemFiles: PemFiles;
  readonly log: (line: string) => void;
  readonly tasks: MainTasks;
  readonly counts: Counts;
  /** What these, and those of workers, stand in. */
  readonly countsMemory: CountsMemory;
  /** What limits by client address stand in, of all threads. */
  readonly limitsMemory: ClientLimitsMemory;
  readonly tracing: Tracing | undefined;
  readonly reloads: ReloadRecord;
  /** What a process before this one has left. */
  readonly inheritance?: Heirloom | undefined;
}

/** What of it matters to serving. */
export type Heirloom = Pick<Inheritance, "sockets" | "held" | "drained" | "ports">;

/** Serves, and takes changes. */
export interface ChangeableServing extends MainServing {
  /** Has the group balance over these targets; throws when there is no such group. */
  setTargets(group: string, targets: readonly TargetConfig[]): void;
  /** Serves by another config, as many threads as before; rejects with a clear message, nothing changed, when it can't. */
  change(next: NextConfig): Promise<void>;
}

/** In this thread alone. */
export async function serveAlone(start: Start): Promise<ChangeableServing> {
  const serving = await startServing({
    ...start,
    ...ofInheritance(start),
    openLog: (config) => openLog(config, openStdout, start),
    tracer: start.tracing?.tracer,
    reusePort: false,
    hasControl: true,
    isOurs: () => true,
  });
  return {
    ...serving,
    get ports() {
      return serving.ports;
    },
    get controlPort() {
      return serving.controlPort;
    },
    get controlPorts() {
      return serving.controlPorts;
    },
    setTargets: (name, targets) => releaseAll([setTargets(groupNamed(serving.services, name), targets)]),
    async change(next) {
      const prepared = await serving.prepare(next);
      releaseAll(commitAs(next.config, prepared));
    },
  };
}

/**
 * In so many threads beside this one, which keeps what is only to be done once: checks of the targets, UDP, and the control
 * channel with its ports. `entry`: URL of the workers' program.
 */
export async function serveWith(workers: number, entry: string, start: Start): Promise<ChangeableServing> {
  const { config, clock, inheritance } = start;
  const isHeld = ({ listen }: ListenerConfig) => (inheritance?.held("tcp", listen) ?? []).length > 0;
  await requireFreePorts(config.listeners.filter((each) => isForWorkers(each) && !isHeld(each)));
  const memoryIn = (of: Config) => (group: string) =>
    newGroupMemory(of.groups[group]?.targets.length ?? 0, workers + 1);
  const stdout = openStdout();
  const own = await startServing({
    ...start,
    ...ofInheritance(start),
    memoryOf: memoryIn(config),
    openLog: (logConfig) => openLog(logConfig, () => shareOf(stdout), start),
    tracer: start.tracing?.tracer,
    reusePort: false,
    hasControl: true,
    isOurs: (listener) => !isForWorkers(listener),
  });
  const { services } = own;
  const pool = await WorkerPool.start({
    ...start,
    sockets: inheritance?.sockets() ?? [],
    services: services.all,
    workers,
    cores: coresToPin(config, start.log),
    onTraces: (records) => start.tracing?.take(records),
    entry,
    stdout,
  }).catch(async (error: Error) => {
    await own.stop();
    throw error;
  });
  const telling = tellStatus(own.mainStatus, pool, clock);
  const end = async (how: "drain" | "stop") => {
    await Promise.all([pool[how](), own[how]()]);
    telling.cancel();
  };
  let { listeners } = config;
  const ports = () =>
    listeners.map(
      (listener, index) => (isForWorkers(listener) ? pool : own).ports[index] ?? listener.listen.port,
    );
  return {
    services,
    counts: own.counts,
    registered: own.registered,
    mainStatus: own.mainStatus,
    get ports() {
      return ports();
    },
    reopenLogs() {
      pool.reopenLogs();
      own.reopenLogs();
    },
    get controlPort() {
      return own.controlPort;
    },
    get controlPorts() {
      return own.controlPorts;
    },
    setTargets(name, targets) {
      const service = groupNamed(services, name);
      const left = setTargets(service, targets);
      void pool.tellTargets(service.group).then(() => releaseAll([left]));
    },
    async change(next) {
      const present = configOnPorts({ ...config, listeners }, ports()).listeners;
      const isOpen = ({ listen }: ListenerConfig) =>
        present.some((each) => Bun.deepEquals(each.listen, listen));
      await requireFreePorts(next.config.listeners.filter((each) => isForWorkers(each) && !isOpen(each)));
      const preparedOwn = await own.prepare({ ...next, memoryOf: memoryIn(next.config) });
      const preparedPool = await pool.prepare(next, preparedOwn.services.all).catch((error: Error) => {
        preparedOwn.abandon();
        throw error;
      });
      const left = commitAs(next.config, preparedOwn);
      await preparedPool.commit();
      releaseAll(left);
      ({ listeners } = next.config);
    },
    drain: () => end("drain"),
    stop: () => end("stop"),
  };
}

function ofInheritance({ inheritance }: Start) {
  return { held: inheritance?.held, drained: inheritance?.drained, left: inheritance?.ports };
}

/** Targets that have left their group, and are to be released when all threads know who has come. */
interface Left {
  readonly group: Group;
  readonly targets: readonly Target[];
}

function setTargets(service: GroupService, wanted: readonly TargetConfig[]): Left {
  return { group: service.group, targets: service.watched.setTargets(wanted) };
}

/** Has each group have the config's targets. */
function commitAs({ groups }: Config, prepared: PreparedConfig): readonly Left[] {
  const left: Left[] = [];
  prepared.commit((name, service) => left.push(setTargets(service, groups[name]?.targets ?? [])));
  return left;
}

function releaseAll(left: readonly Left[]): void {
  for (const { group, targets } of left) for (const target of targets) group.release(target);
}

function groupNamed(services: Services, name: string): GroupService {
  const service = services.all.get(name);
  if (service === undefined)
    throw new Error(`no group ${name}; expected one of ${[...services.all.keys()].join(", ")}`);
  return service;
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

/** `stdout`: where lines go that are for stdout. */
function openLog(
  config: AccessLogConfig,
  stdout: () => Writable,
  { clock, counts, log }: Pick<Start, "clock" | "counts" | "log">,
): AccessLog {
  return openAccessLog({
    config,
    stdout,
    clock,
    log,
    onLost: (lines) => counts.add("lostLogLines", lines),
  });
}
