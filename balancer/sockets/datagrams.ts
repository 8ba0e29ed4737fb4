import type { ListenAddress } from "../config/scalars.ts";
import { allowsOthers, listeningSockets, socketsOn } from "./listening.ts";
import { ownSocketsOn, replaceSocket } from "./poll.ts";

/**
 * Has the server that was opened anywhere, on `port`, get its datagrams from `listen`: by the socket `held`, or by a new one
 * where there is none. Returns its descriptor, or undefined where another has the address to itself; throws the system's error
 * when it can't be had.
 */
export function takeDatagrams(
  port: number,
  listen: ListenAddress,
  held: number | undefined,
  reusePort: boolean,
): number | undefined {
  if (held !== undefined) return replaceSocket("udp", port, held);
  if (socketsOn(listeningSockets(), "udp", listen).some(({ fd }) => !reusePort || !allowsOthers(fd)))
    return undefined;
  // It is open when this returns, or has thrown; the promise is about nothing but the type.
  const opening = Bun.udpSocket({ ...listen, ...(reusePort && { reusePort }) });
  const [opened = -1] = ownSocketsOn("udp", listen);
  const fd = replaceSocket("udp", port, opened);
  void opening.then((socket) => socket.close());
  return fd;
}
