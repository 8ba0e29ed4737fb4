import type { Socket, SocketHandler } from "bun";
import { type Cidr, isInNetworks } from "../config/cidr.ts";
import { type SocketEvents, socketHandlers } from "../socket-events.ts";
import { TcpConnection } from "./tcp-connection.ts";
import { type Client, TcpContext, type TcpContextOptions } from "./tcp-context.ts";

/** A client that does not get through its TLS handshake in this time is closed. */
const handshakeTimeoutSeconds = 10;

export interface TcpRelayOptions extends TcpContextOptions {
  readonly listen: { readonly hostname: string; readonly port: number };
  /** PEM texts; makes clients speak TLS, which is taken off. */
  readonly certificate?: { readonly cert: string; readonly key: string } | undefined;
  /** Who may send PROXY protocol headers, and nobody else may connect then; anyone when left out. */
  readonly trustedProxies?: readonly Cidr[] | undefined;
  /** Open connections; further ones are closed at once: Bun can't leave them waiting in the system's queue. */
  readonly maxConnections?: number | undefined;
  /** Whether other threads listen on the same port too; false when left out. */
  readonly reusePort?: boolean;
}

/** A port that is relayed. */
export interface TcpRelay {
  /** In use, also where the options left it to the system. */
  readonly port: number;
  /** Takes no new connections; resolves when the open ones have come to their end. */
  drain(): Promise<void>;
  /** Ends at once. */
  stop(): void;
}

/** Relays the connections that come to one port; throws when it can't listen. */
export function startTcpRelay(options: TcpRelayOptions): TcpRelay {
  const { certificate, listen } = options;
  const context = new TcpContext(options);
  const accept = (socket: Socket<SocketEvents>) => admit(socket, context, options);
  const server = Bun.listen<SocketEvents>({
    hostname: listen.hostname,
    port: listen.port,
    // Taken, though bun-types has it for Bun.connect alone.
    ...(options.reusePort === true && { reusePort: true }),
    allowHalfOpen: true,
    ...(certificate !== undefined && { tls: { cert: certificate.cert, key: certificate.key } }),
    data: notAccepted,
    socket: certificate === undefined ? { ...withoutHandshake, open: accept } : tlsHandlers(accept),
  });
  return {
    port: server.port,
    drain() {
      server.stop(false);
      return context.drain();
    },
    stop() {
      server.stop(false);
      context.stop();
    },
  };
}

const { handshake: _ofTargets, ...withoutHandshake } = socketHandlers;

/** With a handler of the handshake, a socket opens before it. */
function tlsHandlers(accept: (socket: Socket<SocketEvents>) => void): SocketHandler<SocketEvents> {
  return {
    ...socketHandlers,
    open: (socket) => socket.timeout(handshakeTimeoutSeconds),
    handshake(socket, isDone) {
      socket.timeout(0);
      if (isDone) accept(socket);
      else socket.terminate();
    },
  };
}

function admit(socket: Socket<SocketEvents>, context: TcpContext, options: TcpRelayOptions): void {
  const { maxConnections, trustedProxies } = options;
  const client = context.needsClient || trustedProxies !== undefined ? clientOf(socket) : undefined;
  const connection = new TcpConnection(socket, context, client);
  context.opened(connection);
  if (maxConnections !== undefined && context.size > maxConnections)
    connection.close("the listener has all the connections that it may have");
  else if (trustedProxies !== undefined && !isInNetworks(client?.source.address ?? "", trustedProxies))
    connection.close("no trusted proxy");
  else connection.start();
}

function clientOf({ remoteAddress, remotePort, localAddress, localPort }: Socket<SocketEvents>): Client {
  return {
    source: { address: remoteAddress, port: remotePort },
    destination: { address: localAddress, port: localPort },
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
