import { constants } from "node:os";
import { fixedBytes } from "../sockets/fixed-memory.ts";
import { lastError, libc, systemError } from "../sockets/libc.ts";
import { canRead, forget, hasError, type Watcher, watch } from "../sockets/readiness.ts";
import { socketAddress } from "../sockets/socket-address.ts";
import {
  closeOnExec,
  nonBlocking,
  receiveErrors,
  sockDatagram,
  takeError,
} from "../sockets/socket-options.ts";
import type { ConnectedDatagrams, DatagramReader } from "./connected-datagrams.ts";

const fromErrorQueue = 0x2000;
const { EAGAIN: wouldBlock } = constants.errno;

/** Replies, or errors, that are taken when a socket is told to have some; of what is left it is told again, after the others. */
const mostTaken = 16;

/** Of all sockets of the thread: what has come is copied out of it at once. Longer than any datagram. */
const { view: received, at: receivedAt } = fixedBytes(65_536);

/**
 * A {@link ConnectedDatagrams} by system calls of our own, where descriptors can be watched: a datagram costs one call to
 * send, and a reply one to receive.
 */
export function connectNatively(address: string, port: number, reader: DatagramReader): ConnectedDatagrams {
  const peer = socketAddress(address, port);
  const fd = libc().socket(peer.family, sockDatagram | nonBlocking | closeOnExec, 0);
  if (fd < 0) throw systemError("socket");
  try {
    receiveErrors(fd, peer.isIpv6);
    if (libc().connect(fd, peer.bytes, peer.bytes.length) !== 0) throw systemError("connect");
    return new NativeDatagrams(fd, reader);
  } catch (error) {
    libc().close(fd);
    throw error;
  }
}

class NativeDatagrams implements ConnectedDatagrams, Watcher {
  private readonly calls = libc();
  private isClosed = false;

  constructor(
    private readonly fd: number,
    private readonly reader: DatagramReader,
  ) {
    watch(fd, canRead, this);
  }

  send(bytes: Buffer): boolean {
    if (this.calls.send(this.fd, bytes, bytes.length, 0) >= 0) return true;
    const error = lastError();
    if (error === wouldBlock) return false;
    throw systemError("send", error);
  }

  sendMany(datagrams: readonly Buffer[]): number {
    let sent = 0;
    for (const bytes of datagrams) {
      // What is wrong with a later one is told by the call that begins with it.
      const isSent = sent === 0 ? this.send(bytes) : this.calls.send(this.fd, bytes, bytes.length, 0) >= 0;
      if (!isSent) break;
      sent++;
    }
    return sent;
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    forget(this.fd);
    this.calls.close(this.fd);
  }

  /** A reply mostly comes alone, and to ask for a second one is dear. */
  onReady(events: number, isAgain: boolean): void {
    if ((events & hasError) !== 0) this.takeErrors();
    let left = (events & canRead) === 0 ? 0 : isAgain ? mostTaken : 1;
    while (left > 0 && !this.isClosed && this.receive()) left--;
  }

  private receive(): boolean {
    const length = this.calls.recv(this.fd, receivedAt, received.length, 0);
    if (length >= 0) {
      this.reader.onDatagram(received.slice(0, length));
      return true;
    }
    const error = lastError();
    if (error !== wouldBlock) this.reader.onError(systemError("recv", error).code);
    return false;
  }

  /** The socket's error, and the queue of ICMP messages that errors come from: until it is empty the socket stays ready. */
  private takeErrors(): void {
    for (let left = mostTaken; left > 0 && !this.isClosed; left--) {
      const error = takeError(this.fd);
      const isQueued = this.calls.recv(this.fd, receivedAt, received.length, fromErrorQueue) >= 0;
      if (error !== 0) this.reader.onError(systemError("recv", error).code);
      else if (!isQueued) return;
    }
  }
}
