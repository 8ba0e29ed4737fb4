import type { Socket } from "bun";
import { acceptSockets } from "../accept-sockets.ts";
import { type Cidr, isInNetworks } from "../config/cidr.ts";
import type { SocketEvents } from "../socket-events.ts";
import { TcpConnection } from "./tcp-connection.ts";
import { type Client, TcpContext, type TcpContextOptions } from "./tcp-context.ts";

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
  const { listen, certificate, reusePort, counts } = options;
  const context = new TcpContext(options);
  const server = acceptSockets({ listen, certificate, reusePort, counts, allowHalfOpen: true }, (socket) =>
    admit(socket, context, options),
  );
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

function admit(socket: Socket<SocketEvents>, context: TcpContext, options: TcpRelayOptions): void {
  const { maxConnections, trustedProxies } = options;
  const client = context.needsClient || trustedProxies !== undefined ? clientOf(socket) : undefined;
  const connection = new TcpConnection(socket, context, client);
  context.connections.add(connection);
  if (maxConnections !== undefined && context.connections.size > maxConnections)
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
