import type { Socket, SocketHandler, TCPSocketListener, TLSUpgradeOptions } from "bun";
import { isOfReserve } from "../sockets/open-files.ts";
import { type HeldSockets, openOn } from "../sockets/poll.ts";
import { canWatch } from "../sockets/readiness.ts";
import { acceptNatively } from "./native-accept.ts";
import { type SocketEvents, socketHandlers, unheard } from "./socket-events.ts";
import type { StreamSocket } from "./stream-socket.ts";

/** A client that does not get through its TLS handshake in this time is closed. */
const handshakeTimeoutSeconds = 10;

/** PEM texts. */
export interface CertificateAndKey {
  readonly cert: string;
  readonly key: string;
}

export interface AcceptOptions {
  readonly listen: { readonly hostname: string; readonly port: number };
  /** PEM texts; makes clients speak TLS, which is taken off. */
  readonly certificate?: CertificateAndKey | undefined;
  /** Sockets that are open already, to be listened on instead of a new one. */
  readonly held?: HeldSockets | undefined;
  /** Whether other threads listen on the same port too; false when left out. */
  readonly reusePort?: boolean | undefined;
  /** Whether something comes before TLS: whoever accepts begins that with {@link startTls}. False when left out. */
  readonly isTlsLater?: boolean;
  /** Whether a client that sends no more is told of by `onSocketEnd`, instead of being closed. */
  readonly allowHalfOpen: boolean;
  readonly counts: AcceptCounts;
}

/** Is told what comes of connections before they are accepted. */
export interface AcceptCounts {
  handshakeFailed(): void;
  /** Closed at once, since the process has nearly all files open that it may. */
  refused(): void;
}

/** Where connections come from. */
export interface Acceptor {
  /** In use, also where the options left it to the system. */
  readonly port: number;
  /** Shows this certificate to whoever connects from now on, on the same socket; only where there was one before. */
  setCertificate(certificate: CertificateAndKey): void;
  /** Takes no new connections. */
  stop(): void;
}

/**
 * Listens, and hands every connection to `accept`, which sets its `data`; with TLS once the handshake is done. Throws when it
 * can't listen.
 */
export function acceptSockets(options: AcceptOptions, accept: (socket: StreamSocket) => void): Acceptor {
  const { listen, held } = options;
  const openAll = (certificate: CertificateAndKey | undefined, sockets: readonly number[]) =>
    openOn(
      listen,
      sockets,
      (at) => startListening({ ...options, listen: at, certificate }, accept),
      ({ port }) => port,
    );
  const sockets = held?.("tcp", listen) ?? [];
  let { certificate } = options;
  let servers = openAll(certificate, sockets);
  const port = sockets.length > 0 ? listen.port : (servers[0]?.server.port ?? listen.port);
  const stopNative = isNative(options)
    ? servers.map(({ server }) => acceptNative(server, options, accept))
    : [];
  const stop = () => {
    for (const stopAccepting of stopNative) stopAccepting();
    for (const { server } of servers) server.stop(false);
  };
  return {
    port,
    setCertificate(next) {
      if (next.cert === certificate?.cert && next.key === certificate.key) return;
      certificate = next;
      const others = openAll(
        next,
        servers.flatMap(({ fd }) => fd ?? []),
      );
      stop();
      servers = others;
    },
    stop,
  };
}

/** Whether connections are accepted as sockets of our own: what TLS is put on, now or later, stays Bun's. */
function isNative({ certificate, isTlsLater }: AcceptOptions): boolean {
  return certificate === undefined && isTlsLater !== true && canWatch();
}

function acceptNative(
  server: TCPSocketListener<SocketEvents>,
  { allowHalfOpen, counts }: AcceptOptions,
  accept: (socket: StreamSocket) => void,
): () => void {
  // Bun has it, though bun-types does not tell.
  const { fd } = server as TCPSocketListener<SocketEvents> & { readonly fd: number };
  return acceptNatively(fd, unheard, allowHalfOpen, (socket) => {
    if (isAffordable(socket, counts)) accept(socket);
  });
}

/** As `upgradeTLS` takes it where it is the server that begins; bun-types does not have it. */
interface ServerTlsOptions extends TLSUpgradeOptions<SocketEvents> {
  readonly isServer: true;
  /** What has been read of the handshake already. */
  readonly initialData: Buffer | undefined;
}

/**
 * Begins TLS on a socket that was accepted without, of which `early` has been read already; returns the socket within it.
 * `events` are told of the handshake, and of whatever comes then.
 */
export function startTls(
  socket: StreamSocket,
  { cert, key }: CertificateAndKey,
  early: Buffer | undefined,
  events: SocketEvents,
): StreamSocket {
  if (!isBuns(socket)) throw new Error("TLS begins on a socket that is not Bun's");
  // What is encrypted is still told of, too.
  socket.data = unheard;
  const options: ServerTlsOptions = {
    isServer: true,
    initialData: early,
    tls: { cert, key },
    data: events,
    socket: socketHandlers,
  };
  const [, within] = socket.upgradeTLS(options);
  return within;
}

function isBuns(socket: StreamSocket): socket is Socket<SocketEvents> {
  return "upgradeTLS" in socket;
}

function startListening(
  { listen, certificate, reusePort, allowHalfOpen, isTlsLater, counts }: AcceptOptions,
  accept: (socket: StreamSocket) => void,
): TCPSocketListener<SocketEvents> {
  return Bun.listen<SocketEvents>({
    ...listen,
    // Taken, though bun-types has it for Bun.connect alone.
    ...(reusePort === true && { reusePort: true }),
    allowHalfOpen,
    ...(certificate !== undefined && { tls: { cert: certificate.cert, key: certificate.key } }),
    data: unheard,
    socket:
      certificate !== undefined
        ? tlsHandlers(accept, counts)
        : {
            ...withoutHandshake,
            ...(isTlsLater === true && { data: handleAtOnce }),
            open(socket) {
              if (isAffordable(socket, counts)) accept(socket);
            },
          },
  });
}

const { handshake: _ofTargets, ...withoutHandshake } = socketHandlers;

/** What is read while TLS begins is TLS's own: nothing read before may still wait to be handled then. */
function handleAtOnce(socket: Socket<SocketEvents>, bytes: Buffer): void {
  socket.data.onSocketData(bytes, 0, bytes.length);
}

/** With a handler of the handshake, a socket opens before it. */
function tlsHandlers(
  accept: (socket: StreamSocket) => void,
  counts: AcceptCounts,
): SocketHandler<SocketEvents> {
  return {
    ...socketHandlers,
    open(socket) {
      if (isAffordable(socket, counts)) socket.timeout(handshakeTimeoutSeconds);
    },
    handshake(socket, isDone) {
      socket.timeout(0);
      if (isDone) {
        accept(socket);
        return;
      }
      counts.handshakeFailed();
      socket.terminate();
    },
  };
}

/** Closes it where it is of the reserve of open files: without that no target could be connected to for all others. */
function isAffordable(socket: StreamSocket, counts: AcceptCounts): boolean {
  if (!isOfReserve(socket)) return true;
  counts.refused();
  socket.terminate();
  return false;
}
