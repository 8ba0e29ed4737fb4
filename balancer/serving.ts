import { type ListenersOptions, openListeners } from "./listeners.ts";

/** Serves all listeners, in this thread or in several. */
export interface Serving {
  /** In use, in the order of the config's listeners. */
  readonly ports: readonly number[];
  /** Takes no new connections; resolves when every open request has been answered and every log line written. */
  drain(): Promise<void>;
  /** Ends at once, whatever is open. */
  stop(): Promise<void>;
}

/** Serves this thread's listeners; rejects with a clear message when one can't be opened. */
export async function startServing(options: ListenersOptions): Promise<Serving> {
  const { services, accessLog } = options;
  const listeners = await openListeners(options);
  for (const service of services.all.values()) service.start();

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      for (const service of services.all.values()) service.stop();
      await accessLog?.close();
    })();
    return closing;
  };
  return {
    ports: listeners.ports,
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
