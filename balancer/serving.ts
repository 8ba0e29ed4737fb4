import type { Counts } from "./observe/counts.ts";
import { watchLoopLag } from "./observe/loop-lag.ts";
import type { MainStatus } from "./observe/main-status.ts";
import type { NamedGroup } from "./observe/status.ts";
import { openPorts, type PortsOptions } from "./ports.ts";
import type { Services } from "./services.ts";

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
  readonly services: Services;
  readonly counts: Counts;
  /** Groups of servers that have announced themselves. */
  readonly registered: () => NamedGroup[];
  readonly mainStatus: () => MainStatus;
}

/** Serves this thread's listeners; rejects with a clear message when one can't be opened. */
export async function startServing(options: PortsOptions): Promise<MainServing> {
  const { services, counts, accessLog } = options;
  const listeners = await openPorts(options);
  for (const service of services.all.values()) service.start();
  const lag = watchLoopLag(options.clock, counts);

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      lag.cancel();
      for (const service of services.all.values()) service.stop();
      options.tracer?.flush();
      await accessLog?.close();
    })();
    return closing;
  };
  return {
    services,
    counts,
    registered: listeners.registered,
    mainStatus: listeners.mainStatus,
    ports: listeners.ports,
    controlPort: listeners.controlPort,
    reopenLogs: () => accessLog?.reopen(),
    async drain() {
      await listeners.drain();
      await close();
    },
    async stop() {
      await listeners.stop();
      await close();
    },
  };
}
