import type { Config } from "../config/schema.ts";
import { type ListeningSocket, socketsOn } from "../sockets/listening.ts";
import { isForWorkers } from "./limits.ts";

/** Each socket has a worker, and each worker a socket: of those that are left over, or are too few, several have the same. */
export function shareOfSockets(
  sockets: readonly ListeningSocket[],
  { listeners }: Config,
  workers: number,
  number: number,
): readonly ListeningSocket[] {
  return listeners.filter(isForWorkers).flatMap(({ listen }) => {
    const here = socketsOn(sockets, "tcp", listen);
    const own = here.filter((_, index) => index % workers === number - 1);
    return own.length > 0 ? own : here.slice((number - 1) % here.length).slice(0, 1);
  });
}

/** Datagrams of one connection come to one socket, so each has one worker: of those that are too few, some workers have none. */
export function shareOfDatagrams(
  sockets: readonly ListeningSocket[],
  { listeners }: Config,
  workers: number,
  number: number,
): readonly ListeningSocket[] {
  return listeners
    .filter((listener) => listener.protocol === "http" && listener.http3)
    .flatMap(({ listen }) =>
      socketsOn(sockets, "udp", listen).filter((_, index) => index % workers === number - 1),
    );
}
