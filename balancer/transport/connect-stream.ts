import type { TLSOptions } from "bun";
import { canDialNatively, dialNatively } from "./native-dial.ts";
import { type SocketEvents, socketHandlers } from "./socket-events.ts";
import type { StreamSocket } from "./stream-socket.ts";

export interface ConnectOptions {
  /** A name, or an address. */
  readonly hostname: string;
  readonly port: number;
  /** `onSocketOpen` comes when it is connected, with TLS before the handshake. */
  readonly events: SocketEvents;
  /** Whether a peer that sends no more is told of by `onSocketEnd`, instead of the connection being closed. */
  readonly allowHalfOpen: boolean;
  readonly tls?: TLSOptions | undefined;
}

/**
 * Connects by the cheapest means that the system offers (`docs/decisions/native-sockets.md`). `onFault` is told the error's
 * name when that fails. Both come later; returns the socket where it can be terminated before.
 */
export function connectStream(
  { hostname, port, events, allowHalfOpen, tls }: ConnectOptions,
  onFault: (name: string) => void,
): StreamSocket | undefined {
  if (tls === undefined && canDialNatively(hostname))
    return dialNatively(hostname, port, events, allowHalfOpen, onFault);
  Bun.connect<SocketEvents>({
    hostname,
    port,
    data: events,
    allowHalfOpen,
    socket: socketHandlers,
    ...(tls !== undefined && { tls }),
  }).catch((error: Error & { code?: string }) => onFault(error.code ?? error.message));
  return undefined;
}
