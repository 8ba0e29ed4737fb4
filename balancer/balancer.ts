import { readFileSync } from "node:fs";
import { version } from "../package.json";
import { systemClock } from "./cluster/clock.ts";
import type { Config, ListenerConfig } from "./config/schema.ts";
import type { Certificate, Edge } from "./http/edge.ts";
import { startServeEdge } from "./http/serve/serve-edge.ts";
import { Service } from "./http/service.ts";
import { openAccessLog } from "./observe/access-log.ts";
import { statusDocument } from "./observe/status.ts";

/** A listener that is up. */
export interface RunningListener {
  readonly name: string;
  /** Such as `http://127.0.0.1:8080`, with the port in use. */
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

/** `log` takes lines for people; throws with a clear message when a listener or a file can't be opened. */
export function startBalancer(config: Config, log: (line: string) => void): Balancer {
  const clock = systemClock;
  const startedAtMs = clock.now();
  const services = new Map(
    Object.entries(config.groups).map(([name, group]) => {
      const service = new Service(name, group, {
        clock,
        ca: group.tls?.ca === undefined ? undefined : readPem(group.tls.ca),
        onStateChange: (target, why) => log(`group ${name}: target ${target.id} is ${target.state}: ${why}`),
      });
      return [name, service];
    }),
  );
  const accessLog = config.accessLog === undefined ? undefined : openAccessLog(config.accessLog, clock, log);
  const status = () =>
    statusDocument(
      version,
      (clock.now() - startedAtMs) / 1000,
      [...services.values()].map(({ group, config: { policy } }) => ({ group, policyName: policy.name })),
    );

  const edges: Edge[] = [];
  const listeners: RunningListener[] = [];
  try {
    for (const listener of config.listeners) {
      const certificates = (listener.tls ?? []).map(readCertificate);
      const edge = listen(listener, () =>
        startServeEdge({ clock, listener, certificates, services, accessLog, statusDocument: status }),
      );
      edges.push(edge);
      listeners.push({ name: listener.name, url: listenerUrl(listener, edge.port) });
    }
  } catch (error) {
    for (const edge of edges) void edge.stop();
    throw error;
  }
  for (const service of services.values()) service.start();

  const close = async () => {
    for (const service of services.values()) service.stop();
    await accessLog?.close();
  };
  return {
    listeners,
    async drain() {
      const drained = Promise.all(edges.map((edge) => edge.drain()));
      const timeout = new Promise<"timeout">((resolve) =>
        clock.after(config.drainTimeout, () => resolve("timeout")),
      );
      if ((await Promise.race([drained, timeout])) === "timeout") {
        log(`not drained within ${config.drainTimeout} ms: cutting off what is open`);
        await Promise.all(edges.map((edge) => edge.stop()));
      }
      await close();
    },
    async stop() {
      await Promise.all(edges.map((edge) => edge.stop()));
      await close();
    },
  };
}

/** Names the listener in whatever goes wrong when it starts. */
function listen(listener: ListenerConfig, start: () => Edge): Edge {
  try {
    return start();
  } catch (error) {
    const { hostname, port } = listener.listen;
    throw new Error(
      `listener ${listener.name}: can't listen on ${hostname}:${port}: ${(error as Error).message}`,
    );
  }
}

function listenerUrl(listener: ListenerConfig, port: number): string {
  const { hostname } = listener.listen;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return `${listener.tls === undefined ? "http" : "https"}://${host}:${port}`;
}

function readCertificate(config: NonNullable<ListenerConfig["tls"]>[number]): Certificate {
  return { cert: readPem(config.cert), key: readPem(config.key), serverName: config.serverName };
}

function readPem(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`${file}: can't be read: ${(error as Error).message}`);
  }
  if (!text.includes("-----BEGIN ")) throw new Error(`${file}: found no PEM block, expected "-----BEGIN …"`);
  return text;
}
