import { version } from "../package.json";
import type { Clock } from "./cluster/clock.ts";
import { networksOf } from "./config/cidr.ts";
import type {
  Config,
  HttpListenerConfig,
  ListenerConfig,
  TcpListenerConfig,
  UdpListenerConfig,
} from "./config/schema.ts";
import type { Certificate } from "./http/edge.ts";
import { startEdge } from "./http/start-edge.ts";
import { type ClientLimits, type ClientLimitsMemory, clientLimitsOf } from "./limits/client-limits.ts";
import type { AccessLog } from "./observe/access-log.ts";
import type { Counts } from "./observe/counts.ts";
import type { MainStatus } from "./observe/main-status.ts";
import { RequestRecorder } from "./observe/request-recorder.ts";
import { statusDocument } from "./observe/status.ts";
import type { StreamEnd } from "./observe/stream-end.ts";
import type { Tracer } from "./observe/tracing/tracer.ts";
import type { PemFiles } from "./pem-files.ts";
import { namedGroups, type Services } from "./services.ts";
import type { StreamService } from "./stream/stream-service.ts";
import { startTcpRelay } from "./stream/tcp-relay.ts";
import { startUdpRelay } from "./stream/udp-relay.ts";
import type { UdpStatus } from "./stream/udp-status.ts";

/** A listener that is up, whatever it serves. */
export interface OpenListener {
  /** In use, also where the config left it to the system. */
  readonly port: number;
  /** Takes nothing new; resolves when all that is open has come to its end. */
  drain(): Promise<void>;
  /** Ends at once, whatever is open. */
  stop(): Promise<void>;
}

export interface ListenersOptions {
  readonly clock: Clock;
  /** When the balancer was started, by the clock. */
  readonly startedAtMs: number;
  readonly config: Config;
  readonly pemFiles: PemFiles;
  readonly services: Services;
  readonly accessLog: AccessLog | undefined;
  readonly counts: Counts;
  /** Undefined where nothing is traced. */
  readonly tracer: Tracer | undefined;
  /** Whether other threads listen on the same ports. */
  readonly reusePort: boolean;
  /** What `/status` tells besides the groups. */
  readonly mainStatus?: () => MainStatus | undefined;
  /** Where open UDP listeners tell of themselves, by name. */
  readonly udpStatuses?: Map<string, () => UdpStatus>;
  /** What limits by client address stand in, and which thread this is. */
  readonly clientLimits?: { readonly memory: ClientLimitsMemory; readonly thread: number };
  /** Which of the config's listeners are this thread's. */
  readonly isOurs: (listener: ListenerConfig) => boolean;
}

/** The listeners of one thread. */
export interface OpenListeners {
  /** In the order of the config's listeners; those of other threads have the config's own port. */
  readonly ports: readonly number[];
  drain(): Promise<void>;
  stop(): Promise<void>;
}

/** Opens every listener, or none: rejects with a clear message when one can't be opened. */
export async function openListeners(options: ListenersOptions): Promise<OpenListeners> {
  const { config, isOurs } = options;
  const open = new Map<ListenerConfig, OpenListener>();
  try {
    for (const [index, listener] of config.listeners.entries()) {
      if (!isOurs(listener)) continue;
      const certificates = options.pemFiles.certificates[index] ?? [];
      open.set(listener, await namingListener(listener, () => openListener(listener, certificates, options)));
    }
  } catch (error) {
    for (const listener of open.values()) void listener.stop();
    throw error;
  }
  return {
    ports: config.listeners.map((listener) => open.get(listener)?.port ?? listener.listen.port),
    drain: async () => void (await Promise.all([...open.values()].map((listener) => listener.drain()))),
    stop: async () => void (await Promise.all([...open.values()].map((listener) => listener.stop()))),
  };
}

/** Names the listener in whatever goes wrong when it starts. */
export async function namingListener<Result>(
  { name, listen }: ListenerConfig,
  start: () => Result | Promise<Result>,
): Promise<Result> {
  try {
    return await start();
  } catch (error) {
    const { hostname, port } = listen;
    throw new Error(`listener ${name}: can't listen on ${hostname}:${port}: ${(error as Error).message}`);
  }
}

/** Opens one listener with the services that it names; throws, or rejects, with the system's error when it can't. */
export function openListener(
  listener: ListenerConfig,
  certificates: readonly Certificate[],
  options: ListenersOptions,
): OpenListener | Promise<OpenListener> {
  if (listener.protocol === "http") return openHttp(listener, certificates, options);
  return listener.protocol === "tcp" ? openTcp(listener, certificates, options) : openUdp(listener, options);
}

function openHttp(
  listener: HttpListenerConfig,
  certificates: readonly Certificate[],
  options: ListenersOptions,
): OpenListener {
  const { clock, startedAtMs, services, accessLog, counts, tracer, reusePort, mainStatus } = options;
  const groups = namedGroups(services);
  return startEdge({
    clock,
    listener,
    certificates,
    services: services.http,
    limits: limitsOf(listener, options),
    recorder: new RequestRecorder(clock, counts.of(listener), accessLog, tracer),
    reusePort,
    statusDocument: () => statusDocument(version, (clock.now() - startedAtMs) / 1000, groups, mainStatus?.()),
  });
}

function limitsOf(listener: ListenerConfig, { clientLimits }: ListenersOptions): ClientLimits {
  return clientLimitsOf(listener, clientLimits?.memory[listener.name], clientLimits?.thread);
}

function openTcp(
  listener: TcpListenerConfig,
  [certificate]: readonly Certificate[],
  options: ListenersOptions,
): OpenListener {
  const { clock, counts, reusePort } = options;
  const service = streamServiceOf(listener, options);
  const relay = startTcpRelay({
    clock,
    service,
    listen: listener.listen,
    idleTimeoutMs: listener.idleTimeout,
    acceptsProxyProtocol: listener.acceptProxyProtocol,
    trustedProxies: listener.trustedProxies && networksOf(listener.trustedProxies),
    maxConnections: listener.maxConnections,
    perClient: limitsOf(listener, options).connections,
    certificate,
    reusePort,
    counts: counts.of(listener),
    ...logging("tcp", service, options),
  });
  return { port: relay.port, drain: () => relay.drain(), stop: async () => relay.stop() };
}

async function openUdp(listener: UdpListenerConfig, options: ListenersOptions): Promise<OpenListener> {
  const service = streamServiceOf(listener, options);
  const traffic = options.counts.of(listener).to(listener.group);
  const { onConnectionEnd: log } = logging("udp", service, options);
  const relay = await startUdpRelay({
    clock: options.clock,
    service,
    listen: listener.listen,
    idleTimeoutMs: listener.idleTimeout,
    maxSessions: listener.maxSessions,
    onSessionEnd(session) {
      traffic.carried(session.bytesIn, session.bytesOut);
      log?.(session);
    },
  });
  options.udpStatuses?.set(listener.name, () => relay.status);
  return {
    port: relay.port,
    drain: () => relay.drain(),
    async stop() {
      relay.stop();
      options.udpStatuses?.delete(listener.name);
    },
  };
}

/** One line in the access log for each connection or session, where there is a log. */
function logging(
  protocol: "tcp" | "udp",
  service: StreamService,
  { accessLog }: ListenersOptions,
): { readonly onConnectionEnd?: (end: StreamEnd) => void } {
  if (accessLog === undefined) return {};
  const { name } = service.group;
  return { onConnectionEnd: (end) => accessLog.recordStream(protocol, name, end) };
}

function streamServiceOf(
  listener: TcpListenerConfig | UdpListenerConfig,
  { services }: ListenersOptions,
): StreamService {
  const service = services.stream.get(listener.group);
  if (service === undefined)
    throw new Error(
      `group ${listener.group} has no ${listener.protocol} targets; the config was not checked`,
    );
  return service;
}
