import { version } from "../package.json";
import type { Clock } from "./cluster/clock.ts";
import type { Config, ListenerConfig } from "./config/schema.ts";
import type { Edge } from "./http/edge.ts";
import type { Service } from "./http/service.ts";
import { startEdge } from "./http/start-edge.ts";
import type { AccessLog } from "./observe/access-log.ts";
import { statusDocument } from "./observe/status.ts";
import type { PemFiles } from "./pem-files.ts";

/** Serves all listeners, in this thread or in several. */
export interface Serving {
  /** In use, in the order of the config's listeners. */
  readonly ports: readonly number[];
  /** Takes no new connections; resolves when every open request has been answered and every log line written. */
  drain(): Promise<void>;
  /** Ends at once, whatever is open. */
  stop(): Promise<void>;
}

export interface ServingOptions {
  readonly clock: Clock;
  /** When the balancer was started, by the clock. */
  readonly startedAtMs: number;
  readonly config: Config;
  readonly pemFiles: PemFiles;
  readonly services: ReadonlyMap<string, Service>;
  readonly accessLog: AccessLog | undefined;
  /** Whether other threads listen on the same ports. */
  readonly reusePort: boolean;
}

/** Serves all listeners in this thread; throws with a clear message when one can't be opened. */
export function startServing(options: ServingOptions): Serving {
  const { services, accessLog } = options;
  const edges = openEdges(options);
  for (const service of services.values()) service.start();

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= (async () => {
      for (const service of services.values()) service.stop();
      await accessLog?.close();
    })();
    return closing;
  };
  return {
    ports: edges.map((edge) => edge.port),
    async drain() {
      await Promise.all(edges.map((edge) => edge.drain()));
      await close();
    },
    async stop() {
      await Promise.all(edges.map((edge) => edge.stop()));
      await close();
    },
  };
}

/** Opens every listener, or none. */
function openEdges(options: ServingOptions): Edge[] {
  const { clock, startedAtMs, config, pemFiles, services, accessLog, reusePort } = options;
  const groups = [...services.values()].map(({ group, config: { policy } }) => ({
    group,
    policyName: policy.name,
  }));
  const status = () => statusDocument(version, (clock.now() - startedAtMs) / 1000, groups);
  const edges: Edge[] = [];
  try {
    for (const [index, listener] of config.listeners.entries()) {
      const certificates = pemFiles.certificates[index] ?? [];
      if (listener.protocol !== "http")
        throw new Error(`listener ${listener.name}: ${listener.protocol} is not served yet`);
      const edgeOptions = { clock, listener, certificates, services, accessLog, reusePort };
      edges.push(namingListener(listener, () => startEdge({ ...edgeOptions, statusDocument: status })));
    }
  } catch (error) {
    for (const edge of edges) void edge.stop();
    throw error;
  }
  return edges;
}

/** Names the listener in whatever goes wrong when it starts. */
export function namingListener<Result>({ name, listen }: ListenerConfig, start: () => Result): Result {
  try {
    return start();
  } catch (error) {
    const { hostname, port } = listen;
    throw new Error(`listener ${name}: can't listen on ${hostname}:${port}: ${(error as Error).message}`);
  }
}
