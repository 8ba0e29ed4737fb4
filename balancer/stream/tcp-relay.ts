import { type Cidr, isInNetworks } from "../config/cidr.ts";
import type { HeldSockets } from "../sockets/poll.ts";
import { acceptSockets, type CertificateAndKey } from "../transport/accept-sockets.ts";
import type { StreamSocket } from "../transport/stream-socket.ts";
import { ProxyEntrance } from "./proxy-entrance.ts";
import { TcpConnection } from "./tcp-connection.ts";
import { type Client, TcpContext, type TcpContextOptions } from "./tcp-context.ts";

export interface TcpRelayOptions extends TcpContextOptions {
  readonly listen: { readonly hostname: string; readonly port: number };
  /** PEM texts; makes clients speak TLS, which is taken off. */
  readonly certificate?: CertificateAndKey | undefined;
  /** Connections begin with a PROXY protocol header, before TLS. */
  readonly acceptsProxyProtocol: boolean;
  /** Who may send PROXY protocol headers, and nobody else may connect then; anyone when left out. */
  readonly trustedProxies?: readonly Cidr[] | undefined;
  /** Open connections; further ones are closed at once: Bun can't leave them waiting in the system's queue. */
  readonly maxConnections?: number | undefined;
  /** Whether other threads listen on the same port too; false when left out. */
  readonly reusePort?: boolean;
  /** Sockets that are open already, to be listened on instead of a new one. */
  readonly held?: HeldSockets | undefined;
}

/** A port that is relayed. */
export interface TcpRelay {
  /** In use, also where the options left it to the system. */
  readonly port: number;
  /**
   * Relays by these options from the next connection on; with a certificate only where there was one before, and a header
   * before TLS only where there was one.
   */
  become(options: TcpRelayOptions): void;
  /** Takes no new connections; resolves when the open ones have come to their end. */
  drain(): Promise<void>;
  /** Ends at once. */
  stop(): void;
}

/** Relays the connections that come to one port; throws when it can't listen. */
export function startTcpRelay(options: TcpRelayOptions): TcpRelay {
  const { listen, reusePort, held, counts } = options;
  const isTlsLater = options.certificate !== undefined && options.acceptsProxyProtocol;
  const certificate = isTlsLater ? undefined : options.certificate;
  let context = new TcpContext(options);
  let admission = options;
  const server = acceptSockets(
    { listen, certificate, isTlsLater, reusePort, held, counts, allowHalfOpen: true },
    (socket) => admit(socket, context, admission),
  );
  return {
    port: server.port,
    become(next) {
      if (next.certificate !== undefined && !isTlsLater) server.setCertificate(next.certificate);
      admission = next;
      context = context.become(next);
    },
    drain() {
      server.stop();
      return context.drain();
    },
    stop() {
      server.stop();
      context.stop();
    },
  };
}

function admit(socket: StreamSocket, context: TcpContext, options: TcpRelayOptions): void {
  const { maxConnections, trustedProxies, acceptsProxyProtocol } = options;
  const client = context.needsClient || trustedProxies !== undefined ? clientOf(socket) : undefined;
  const connection = acceptsProxyProtocol
    ? new ProxyEntrance(socket, context, client, options.certificate)
    : new TcpConnection(socket, context, client);
  context.connections.add(connection);
  if (maxConnections !== undefined && context.connections.size > maxConnections) {
    context.refused();
    connection.close("the listener has all the connections that it may have");
  } else if (trustedProxies !== undefined && !isInNetworks(client?.source.address ?? "", trustedProxies))
    connection.close("no trusted proxy");
  else connection.start();
}

function clientOf({ remoteAddress, remotePort, localAddress, localPort }: StreamSocket): Client {
  return {
    source: { address: remoteAddress, port: remotePort },
    destination: { address: localAddress, port: localPort },
  };
}
