import type { Socket, SocketHandler, TCPSocketListener } from "bun";
import { type SocketEvents, socketHandlers } from "./socket-events.ts";

/** A client that does not get through its TLS handshake in this time is closed. */
const handshakeTimeoutSeconds = 10;

export interface AcceptOptions {
  readonly listen: { readonly hostname: string; readonly port: number };
  /** PEM texts; makes clients speak TLS, which is taken off. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
  /** Whether other threads listen on the same port too; false when left out. */
  readonly reusePort?: boolean | undefined;
  /** Whether a client that sends no more is told of by `onSocketEnd`, instead of being closed. */
  readonly allowHalfOpen: boolean;
  readonly counts: AcceptCounts;
}

/** Is told what comes of connections before they are accepted. */
export interface AcceptCounts {
  handshakeFailed(): void;
}

/**
 * Listens, and hands every connection to `accept`, which sets its `data`; with TLS once the handshake is done. Throws when it
 * can't listen.
 */
export function acceptSockets(
  { listen, certificate, reusePort, allowHalfOpen, counts }: AcceptOptions,
  accept: (socket: Socket<SocketEvents>) => void,
): TCPSocketListener<SocketEvents> {
  return Bun.listen<SocketEvents>({
    ...listen,
    // Taken, though bun-types has it for Bun.connect alone.
    ...(reusePort === true && { reusePort: true }),
    allowHalfOpen,
    ...(certificate !== undefined && { tls: { cert: certificate.cert, key: certificate.key } }),
    data: notAccepted,
    socket: certificate === undefined ? { ...withoutHandshake, open: accept } : tlsHandlers(accept, counts),
  });
}

const { handshake: _ofTargets, ...withoutHandshake } = socketHandlers;

/** With a handler of the handshake, a socket opens before it. */
function tlsHandlers(
  accept: (socket: Socket<SocketEvents>) => void,
  counts: AcceptCounts,
): SocketHandler<SocketEvents> {
  return {
    ...socketHandlers,
    open: (socket) => socket.timeout(handshakeTimeoutSeconds),
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

/** Whom a socket's events go to before it is accepted. */
const notAccepted: SocketEvents = {
  onSocketOpen() {},
  onSocketHandshake() {},
  onSocketData() {},
  onSocketDrain() {},
  onSocketEnd() {},
  onSocketClose() {},
};
