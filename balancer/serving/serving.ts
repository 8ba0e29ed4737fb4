import type { GroupMemory } from "../cluster/group-memory.ts";
import type { AccessLogConfig } from "../config/access-log-schema.ts";
import type { Config } from "../config/schema.ts";
import type { RegisteredPort } from "../control/registered.ts";
import type { PemFiles } from "../files/pem-files.ts";
import type { ClientLimitsMemory } from "../limits/client-limits.ts";
import type { AccessLog } from "../observe/access-log.ts";
import type { Counts, CountsMemory } from "../observe/counts.ts";
import { watchLoopLag } from "../observe/loop-lag.ts";
import type { MainStatus } from "../observe/main-status.ts";
import type { NamedGroup } from "../observe/status.ts";
import type { SharedTarget } from "../watched-group.ts";
import { AccessLogs } from "./access-logs.ts";
import { openPorts, type PortsOptions } from "./ports.ts";
import {
  createServices,
  type DrainedTarget,
  type GroupService,
  keepDraining,
  LiveServices,
  type Services,
  type ServicesOptions,
} from "./services.ts";

/** Serves all listeners, in this thread or in several. */
export interface Serving {
  /** In use, in the order of the config's listeners. */
  readonly ports: readonly number[];
  /** Of the control channel, where there is one. */
  readonly controlPort?: number | undefined;
  /** Takes no new connections; resolves when every open request has been answered and every log line written. */
  drain(): Promise<void>;
  /** Goes on in new files of the same names, once the old ones were moved away. */
  reopenLogs(): void;
  /** Ends at once, whatever is open. */
  stop(): Promise<void>;
}

/** {@link Serving} with what the main thread tells of it. */
export interface MainServing extends Serving {
  /** Of the config in force. */
  readonly services: Services;
  readonly counts: Counts;
  /** Groups of servers that have announced themselves. */
  readonly registered: () => NamedGroup[];
  readonly mainStatus: () => MainStatus;
  /** Ports that servers have the control channel open. */
  readonly controlPorts: readonly RegisteredPort[];
}

/** A config that is to take the place of the one in force. */
export interface NextConfig {
  readonly config: Config;
  readonly pemFiles: PemFiles;
  /** What all threads count its listeners' traffic in. */
  readonly countsMemory: CountsMemory;
  /** What limits by client address stand in. */
  readonly limitsMemory: ClientLimitsMemory;
  /** Of groups that are new, as in {@link ServicesOptions}. */
  readonly memoryOf?: (group: string) => GroupMemory;
  readonly membersOf?: (group: string) => readonly SharedTarget[];
}

/** A config whose ports are open, and which is not in force yet. */
export interface PreparedConfig {
  /** As {@link Serving.ports}. */
  readonly ports: readonly number[];
  /** Its groups; those that are new have not started. */
  readonly services: Services;
  /** Puts it in force; `settle` brings each group up to date with who is in it. */
  commit(settle: (name: string, service: GroupService) => void): void;
  abandon(): void;
}

/** What serves in one thread, and takes other configs. */
export interface ThreadServing extends MainServing {
  /** Rejects with a clear message, nothing changed, when something can't be opened. */
  prepare(next: NextConfig): Promise<PreparedConfig>;
}

export interface ServingOptions
  extends Omit<PortsOptions, "services" | "accessLog">,
    Omit<ServicesOptions, "config" | "pemFiles"> {
  /** Opens the access log that a config names. */
  readonly openLog: (config: AccessLogConfig) => AccessLog;
  /** Targets that an operator has taken out of a process before this one. */
  readonly drained?: readonly DrainedTarget[] | undefined;
}

/** Serves this thread's listeners; rejects with a clear message when one can't be opened. */
export async function startServing(options: ServingOptions): Promise<ThreadServing> {
  const { counts } = options;
  const services = new LiveServices(createServices(options));
  // Before anything could reach them.
  for (const drained of options.drained ?? []) keepDraining(services, drained);
  const logs = new AccessLogs(options.openLog, options.clock);
  let { config } = options;
  let accessLog = logs.to(config.accessLog);
  const ports = await openPorts({ ...options, services: snapshot(services), accessLog });
  for (const service of services.all.values()) service.start();
  const lag = watchLoopLag(options.clock, counts);

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      lag.cancel();
      for (const service of services.all.values()) service.stop();
      options.tracer?.flush();
      await logs.close();
    })();
    return closing;
  };
  return {
    services,
    counts,
    registered: ports.registered,
    mainStatus: ports.mainStatus,
    get ports() {
      return ports.ports;
    },
    get controlPort() {
      return ports.controlPort;
    },
    get controlPorts() {
      return ports.controlPorts;
    },
    reopenLogs: () => accessLog?.reopen(),
    async prepare(next) {
      const nextCounts = counts.prepare(next.countsMemory);
      const nextServices = createServices({ ...options, ...next, counts: nextCounts }, services);
      const nextLog = logs.to(next.config.accessLog);
      const prepared = await ports
        .prepare({ ...options, ...next, services: nextServices, accessLog: nextLog, counts: nextCounts })
        .catch((error: Error) => {
          if (accessLog !== nextLog) logs.leave(nextLog, 0);
          throw error;
        });
      return {
        ports: prepared.ports,
        services: nextServices,
        commit(settle) {
          services.become(nextServices, settle);
          prepared.commit();
          counts.become(nextCounts);
          if (accessLog === nextLog) accessLog?.reopen();
          else logs.leave(accessLog, config.drainTimeout);
          config = next.config;
          accessLog = nextLog;
        },
        abandon() {
          prepared.abandon();
          if (accessLog !== nextLog) logs.leave(nextLog, 0);
        },
      };
    },
    async drain() {
      await ports.drain();
      await close();
    },
    async stop() {
      await ports.stop();
      await close();
    },
  };
}

/** The maps as they are now: edges are given others with another config. */
function snapshot({ http, stream, all }: Services): Services {
  return { http: new Map(http), stream: new Map(stream), all: new Map(all) };
}
