import type { ListenAddress } from "../config/scalars.ts";
import { allowsOthers, listeningSockets, socketsOn } from "./listening.ts";
import { ownSocketsOn, pauseWatching, replaceSocket, stopAccepting } from "./poll.ts";

/** A server of this thread that is to have the datagrams of another one. */
interface Waiting {
  /** The descriptor of who has them now. */
  readonly held: number;
  readonly fd: number;
  readonly begin: (() => void) | undefined;
}

/** In the order in which they came: of several for the same, the last is the one that stays. */
let waiting: readonly Waiting[] = [];

/**
 * Has the server that was opened anywhere, on `port`, get its datagrams from `listen`: by the socket `held`, or by a new one
 * where there is none. Returns its descriptor, or undefined where another has the address to itself; throws the system's error
 * when it can't be had. A held socket of this thread is read by its server alone, until {@link handOnDatagrams}: a datagram that
 * comes to the wrong one of two is lost.
 */
export function takeDatagrams(
  port: number,
  listen: ListenAddress,
  held: number | undefined,
  reusePort: boolean,
): number | undefined {
  if (held !== undefined) {
    const isRead = ownSocketsOn("udp", listen).includes(held);
    const fd = replaceSocket("udp", port, held);
    if (isRead) waiting = [...waiting, { held, fd, begin: pauseWatching(fd) }];
    return fd;
  }
  if (socketsOn(listeningSockets(), "udp", listen).some(({ fd }) => !reusePort || !allowsOthers(fd)))
    return undefined;
  // It is open when this returns, or has thrown; the promise is about nothing but the type.
  const opening = Bun.udpSocket({ ...listen, ...(reusePort && { reusePort }) });
  const [opened = -1] = ownSocketsOn("udp", listen);
  const fd = replaceSocket("udp", port, opened);
  void opening.then((socket) => socket.close());
  return fd;
}

/** The socket's datagrams are the next one's from now on. */
export function handOnDatagrams(fd: number): void {
  stopAccepting(fd);
  waiting.findLast(({ held }) => held === fd)?.begin?.();
  waiting = waiting.filter(({ held }) => held !== fd);
}

/** The server of this descriptor will not have another's datagrams after all. */
export function forgetDatagrams(own: number): void {
  waiting = waiting.filter(({ fd }) => fd !== own);
}
