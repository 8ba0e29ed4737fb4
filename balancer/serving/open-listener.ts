import { version } from "../../package.json";
import { challengeAnswers } from "../acme/challenge-files.ts";
import type { Clock } from "../cluster/clock.ts";
import { type AcmeConfig, answersChallenges } from "../config/acme-schema.ts";
import { networksOf } from "../config/cidr.ts";
import type {
  HttpListenerConfig,
  ListenerConfig,
  TcpListenerConfig,
  UdpListenerConfig,
} from "../config/schema.ts";
import type { Certificate, EdgeOptions } from "../http/edge.ts";
import { startEdge } from "../http/start-edge.ts";
import { type ClientLimits, type ClientLimitsMemory, clientLimitsOf } from "../limits/client-limits.ts";
import type { AccessLog } from "../observe/access-log.ts";
import type { Counts } from "../observe/counts.ts";
import type { MainStatus } from "../observe/main-status.ts";
import { RequestRecorder } from "../observe/request-recorder.ts";
import { statusDocument } from "../observe/status.ts";
import type { StreamEnd } from "../observe/stream-end.ts";
import type { Tracer } from "../observe/tracing/tracer.ts";
import type { HeldSockets } from "../sockets/poll.ts";
import { startUdpRelay } from "../stream/start-udp-relay.ts";
import type { StreamService } from "../stream/stream-service.ts";
import { startTcpRelay, type TcpRelayOptions } from "../stream/tcp-relay.ts";
import type { UdpRelayOptions } from "../stream/udp-relay.ts";
import type { UdpStatus } from "../stream/udp-status.ts";
import { namedGroups, type Services } from "./services.ts";
import { lacksCertificate, openUncertified } from "./uncertified-listener.ts";

/** A listener that is up, whatever it serves. */
export interface OpenListener {
  /** In use, also where the config left it to the system. */
  readonly port: number;
  /** Whether it can serve by this config as it is; otherwise another has to take its place. */
  canBecome(listener: ListenerConfig, certificates: readonly Certificate[]): boolean;
  /** Serves by this config from the next request, connection or session on. */
  become(listener: ListenerConfig, certificates: readonly Certificate[], world: ListenerWorld): void;
  /** Takes nothing new; resolves when all that is open has come to its end. `isReplaced`: another has its sockets too. */
  drain(isReplaced?: boolean): Promise<void>;
  /** Ends at once, whatever is open. */
  stop(): Promise<void>;
}

/** What a listener needs besides its config. */
export interface ListenerWorld {
  readonly clock: Clock;
  /** When the balancer was started, by the clock. */
  readonly startedAtMs: number;
  readonly services: Services;
  readonly accessLog: AccessLog | undefined;
  readonly counts: Counts;
  /** Undefined where nothing is traced. */
  readonly tracer: Tracer | undefined;
  /** Whether other threads listen on the same ports. */
  readonly reusePort: boolean;
  /** Sockets that are open already, to be listened on instead of new ones. */
  readonly held?: HeldSockets | undefined;
  /** What `/status` tells besides the groups. */
  readonly mainStatus?: () => MainStatus | undefined;
  /** Where certificates come from, beside files; undefined where none do. */
  readonly acme?: AcmeConfig | undefined;
  /** What limits by client address stand in; a listener that is not in it has its own. */
  readonly limitsMemory: ClientLimitsMemory;
  /** Where open UDP listeners tell of themselves, by name. */
  readonly udpStatuses?: Map<string, () => UdpStatus>;
}

/** Opens one listener with the services that it names; throws, or rejects, with the system's error when it can't. */
export function openListener(
  listener: ListenerConfig,
  certificates: readonly Certificate[],
  world: ListenerWorld,
): OpenListener | Promise<OpenListener> {
  if (lacksCertificate(listener, certificates)) return openUncertified(listener, world);
  if (listener.protocol === "http") return openHttp(listener, certificates, world);
  return listener.protocol === "tcp" ? openTcp(listener, certificates, world) : openUdp(listener, world);
}

function openHttp(
  listener: HttpListenerConfig,
  certificates: readonly Certificate[],
  world: ListenerWorld,
): OpenListener {
  const edge = startEdge(edgeOptions(listener, certificates, world));
  return {
    port: edge.port,
    canBecome: (next, others) =>
      next.protocol === "http" && !lacksCertificate(next, others) && edge.canBecome(next, others),
    become(next, others, nextWorld) {
      if (next.protocol === "http") edge.become(edgeOptions(next, others, nextWorld));
    },
    drain: (isReplaced) => edge.drain(isReplaced),
    stop: () => edge.stop(),
  };
}

function edgeOptions(
  listener: HttpListenerConfig,
  certificates: readonly Certificate[],
  world: ListenerWorld,
): EdgeOptions {
  const { clock, startedAtMs, services, reusePort, held, mainStatus, acme } = world;
  return {
    clock,
    listener,
    certificates,
    services: services.http,
    limits: limitsOf(listener, world),
    challenges: acme && answersChallenges(listener, acme) ? challengeAnswers(acme.storage) : undefined,
    recorder: new RequestRecorder(clock, world.counts.of(listener), world.accessLog, world.tracer),
    reusePort,
    held,
    statusDocument: () =>
      statusDocument(version, (clock.now() - startedAtMs) / 1000, namedGroups(services), mainStatus?.()),
  };
}

function limitsOf(listener: ListenerConfig, { limitsMemory, counts }: ListenerWorld): ClientLimits {
  return clientLimitsOf(listener, limitsMemory[listener.name], counts.thread);
}

function openTcp(
  listener: TcpListenerConfig,
  certificates: readonly Certificate[],
  world: ListenerWorld,
): OpenListener {
  const relay = startTcpRelay(tcpOptions(listener, certificates, world));
  return {
    port: relay.port,
    canBecome: (next, others) =>
      next.protocol === "tcp" &&
      !lacksCertificate(next, others) &&
      beginsWith(next, others) === beginsWith(listener, certificates),
    become(next, others, nextWorld) {
      if (next.protocol === "tcp") relay.become(tcpOptions(next, others, nextWorld));
    },
    drain: () => relay.drain(),
    stop: async () => relay.stop(),
  };
}

/** What a connection begins with, as far as another socket has to be opened for it. */
function beginsWith({ acceptProxyProtocol }: TcpListenerConfig, certificates: readonly Certificate[]) {
  if (certificates.length === 0) return "anything";
  return acceptProxyProtocol ? "a header before TLS" : "TLS";
}

function tcpOptions(
  listener: TcpListenerConfig,
  [certificate]: readonly Certificate[],
  world: ListenerWorld,
): TcpRelayOptions {
  const service = streamServiceOf(listener, world);
  return {
    clock: world.clock,
    service,
    listen: listener.listen,
    idleTimeoutMs: listener.idleTimeout,
    acceptsProxyProtocol: listener.acceptProxyProtocol,
    trustedProxies: listener.trustedProxies && networksOf(listener.trustedProxies),
    maxConnections: listener.maxConnections,
    perClient: limitsOf(listener, world).connections,
    certificate,
    reusePort: world.reusePort,
    held: world.held,
    counts: world.counts.of(listener),
    ...logging("tcp", service, world),
  };
}

async function openUdp(listener: UdpListenerConfig, world: ListenerWorld): Promise<OpenListener> {
  const relay = await startUdpRelay(udpOptions(listener, world));
  let { name } = listener;
  const show = () => world.udpStatuses?.set(name, () => relay.status);
  show();
  return {
    port: relay.port,
    canBecome: ({ protocol }) => protocol === "udp",
    become(next, _certificates, nextWorld) {
      if (next.protocol !== "udp") return;
      relay.become(udpOptions(next, nextWorld));
      world.udpStatuses?.delete(name);
      name = next.name;
      show();
    },
    drain: () => relay.drain(),
    async stop() {
      relay.stop();
      world.udpStatuses?.delete(name);
    },
  };
}

function udpOptions(listener: UdpListenerConfig, world: ListenerWorld): UdpRelayOptions {
  const service = streamServiceOf(listener, world);
  const traffic = world.counts.of(listener).to(listener.group);
  const { onConnectionEnd: log } = logging("udp", service, world);
  return {
    clock: world.clock,
    service: service.watched,
    listen: listener.listen,
    held: world.held,
    idleTimeoutMs: listener.idleTimeout,
    maxSessions: listener.maxSessions,
    onSessionEnd(session) {
      traffic.carried(session.bytesIn, session.bytesOut);
      log?.(session);
    },
  };
}

/** One line in the access log for each connection or session, where there is a log. */
function logging(
  protocol: "tcp" | "udp",
  service: StreamService,
  { accessLog }: ListenerWorld,
): { readonly onConnectionEnd?: (end: StreamEnd) => void } {
  if (accessLog === undefined) return {};
  const { name } = service.group;
  return { onConnectionEnd: (end) => accessLog.recordStream(protocol, name, end) };
}

function streamServiceOf(
  listener: TcpListenerConfig | UdpListenerConfig,
  { services }: ListenerWorld,
): StreamService {
  const service = services.stream.get(listener.group);
  if (service === undefined)
    throw new Error(
      `group ${listener.group} has no ${listener.protocol} targets; the config was not checked`,
    );
  return service;
}
