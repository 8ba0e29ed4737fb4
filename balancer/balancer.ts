import { version } from "../package.json";
import type { AdminServer } from "./admin/admin-server.ts";
import { type Clock, systemClock } from "./cluster/clock.ts";
import type { LoadResult } from "./config/load.ts";
import type { ListenAddress } from "./config/scalars.ts";
import type { Config, ListenerConfig, TargetConfig } from "./config/schema.ts";
import { leftPorts } from "./control/registered.ts";
import { readPemFiles } from "./files/pem-files.ts";
import { hostPort } from "./host-port.ts";
import { createClientLimitsMemory } from "./limits/client-limits.ts";
import { Counts, createCountsMemory } from "./observe/counts.ts";
import { startTracing } from "./observe/tracing/start-tracing.ts";
import { ConfigInForce, type Reloaded } from "./reload/reload.ts";
import { ReloadRecord } from "./reload/reload-record.ts";
import {
  type ChangeableServing,
  type Heirloom,
  type Start,
  serveAlone,
  serveWith,
} from "./serving/main-serving.ts";
import { MainTasks } from "./serving/main-tasks.ts";
import { openAdmin } from "./serving/open-admin.ts";
import { drainedTargets } from "./serving/services.ts";
import type { MainServing, Serving } from "./serving/serving.ts";
import { type ListeningSocket, listeningSockets, socketsOn } from "./sockets/listening.ts";
import type { Estate } from "./takeover/inherited.ts";
import { workerCount } from "./workers/limits.ts";

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
  /** What another process needs to take this one's place. */
  estate(): Estate;
  /** In force now, with the ports in use. */
  readonly config: Config;
  /**
   * Serves by another config from now on, or goes on as before when it has faults or something of it can't be opened:
   * docs/operations.md says what becomes of what is open. One at a time: others wait. `why` is for the log.
   */
  reload(next: LoadResult, why: string): Promise<Reloaded>;
  /** Takes no new connections, answers what is open, ends; what takes longer than `drainTimeout` is cut off. */
  drain(): Promise<void>;
  /** Goes on in new files of the same names, once the old ones were moved away. */
  reopenLogs(): void;
  /** Ends at once. */
  stop(): Promise<void>;
}

/** The program of the workers; stands beside this one in the source and in the executable. */
const workerEntry = new URL("./worker.ts", import.meta.url).href;

/** What a process knows that runs a balancer; all of it may be left out. */
export interface Surroundings {
  /** What a process before this one has left. */
  readonly inheritance?: Heirloom | undefined;
  /** The JSON of the config. */
  readonly source?: unknown;
  /** Reads the config's file anew. */
  readonly load?: () => LoadResult;
}

/**
 * `log` takes lines for people; rejects with a clear message when a listener or a file can't be opened.
 * `entry`: URL of the workers' program.
 */
export async function startBalancer(
  given: Config,
  log: (line: string) => void,
  entry = workerEntry,
  { inheritance, source, load }: Surroundings = {},
): Promise<Balancer> {
  const clock = systemClock;
  const startedAtMs = clock.now();
  const config = { ...given, zone: given.zone ?? process.env.BALLAST_ZONE };
  const pemFiles = readPemFiles(config);
  const workers = workerCount(config.workers);
  const threads = workers === 1 ? 1 : workers + 1;
  const countsMemory = createCountsMemory(config, threads);
  const counts = new Counts(countsMemory, 0);
  const reloads = new ReloadRecord();
  const tasks = new MainTasks({ config, clock, log, reloads });
  const start: Start = {
    clock,
    startedAtMs,
    config: await tasks.firstTargets(),
    pemFiles,
    log,
    tasks,
    reloads,
    inheritance,
    counts,
    countsMemory,
    limitsMemory: createClientLimitsMemory(config, threads),
    tracing: config.tracing && (await startTracing(config.tracing, version, clock, counts, log)),
  };
  let isDraining = false;
  let serving: ChangeableServing | undefined;
  let inForce: ConfigInForce;
  let admin: AdminServer | undefined;
  try {
    serving = await (workers === 1 ? serveAlone(start) : serveWith(workers, entry, start));
    inForce = new ConfigInForce(serving, { ...start, wanted: config, source });
    const options = { serving, inForce, isDraining: () => isDraining, clock, startedAtMs, log, load };
    const held = inheritance?.held;
    admin = config.admin && openAdmin({ config: config.admin, held, ...options });
  } catch (error) {
    tasks.stop();
    await serving?.stop();
    throw error;
  }
  tasks.start(serving.services, serving.setTargets, () => inForce.showCertificates());
  return {
    get listeners() {
      return inForce.current.listeners.map((listener, index) => ({
        name: listener.name,
        url: urlOf(schemeOf(listener), listener.listen, serving.ports[index]),
      }));
    },
    get control() {
      const { control } = inForce.current;
      return control && urlOf("tcp", control.listen, serving.controlPort);
    },
    admin: admin?.url,
    setTargets: serving.setTargets,
    estate: () => ({
      sockets: socketsOf(inForce.current, serving, admin?.url),
      drained: drainedTargets(serving.services),
      ports: leftPorts(serving.controlPorts),
    }),
    get config() {
      return inForce.current;
    },
    reload: (next, why) => inForce.change(next, why),
    reopenLogs: () => serving.reopenLogs(),
    async drain() {
      isDraining = true;
      await inForce.end();
      tasks.drain();
      await drain(serving, clock, inForce.current.drainTimeout, log);
      await Promise.all([tasks.close(), start.tracing?.close(), admin?.stop()]);
    },
    async stop() {
      tasks.stop();
      await Promise.all([serving.stop(), admin?.stop()]);
      await start.tracing?.close();
    },
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

function socketsOf(
  { listeners, control }: Config,
  { controlPort, controlPorts }: MainServing,
  admin: string | undefined,
): readonly ListeningSocket[] {
  const all = listeningSockets();
  const adminPort = admin === undefined ? undefined : Number(new URL(admin).port);
  const on = (protocol: string, listen: ListenAddress) =>
    socketsOn(all, protocol === "udp" ? "udp" : "tcp", listen);
  return [
    ...listeners.flatMap(({ protocol, listen }) => on(protocol, listen)),
    ...listeners.flatMap((each) => (each.protocol === "http" && each.http3 ? on("udp", each.listen) : [])),
    ...(control === undefined || controlPort === undefined
      ? []
      : on("tcp", { ...control.listen, port: controlPort })),
    ...controlPorts.flatMap(({ protocol, bind, port }) => on(protocol, { hostname: bind, port })),
    ...all.filter(({ transport, port }) => transport === "tcp" && port === adminPort),
  ];
}

function urlOf(scheme: string, { hostname, port }: ListenAddress, portInUse = port): string {
  return `${scheme}://${hostPort(hostname, portInUse)}`;
}

function schemeOf(listener: ListenerConfig): string {
  if (listener.protocol === "http") return listener.tls === undefined ? "http" : "https";
  return listener.protocol === "tcp" && listener.tls !== undefined ? "tls" : listener.protocol;
}
