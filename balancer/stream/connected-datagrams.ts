import { canWatch } from "../sockets/readiness.ts";
import { connectOverBun } from "./bun-datagrams.ts";
import { connectNatively } from "./native-datagrams.ts";
import type { SendingSocket } from "./udp-send.ts";

/** A socket with one peer. What it can't send, it throws the system's error for, whose `code` says why. */
export interface ConnectedDatagrams extends SendingSocket<Buffer> {
  /** False when the send buffer is full. */
  send(bytes: Buffer): boolean;
  close(): void;
}

/** Told what comes from the peer, never before the socket is its own, nor after it has closed it. */
export interface DatagramReader {
  /** The bytes are the reader's to keep. */
  onDatagram(bytes: Uint8Array): void;
  /** The system's code of an error, such as ECONNREFUSED, of what was sent earlier. */
  onError(code: string): void;
}

/**
 * Opens a socket with a peer, whose `address` is IPv4 or IPv6; throws, or rejects with, the system's error when none can be
 * had or the peer can't be reached.
 */
export type ConnectDatagrams = (
  address: string,
  port: number,
  reader: DatagramReader,
) => ConnectedDatagrams | Promise<ConnectedDatagrams>;

/** By the cheapest means that the system offers: `docs/decisions/native-sockets.md`. */
export const connectDatagrams: ConnectDatagrams = (address, port, reader) => {
  // A scope such as that of fe80::1%eth0 is a name of this machine, which Bun looks up.
  const connect = address.includes("%") || !canWatch() ? connectOverBun : connectNatively;
  return connect(address, port, reader);
};
