import { stopAccepting } from "../sockets/poll.ts";
import { canRead, unwatch, watch } from "../sockets/readiness.ts";
import { NativeSocket } from "./native-socket.ts";
import type { SocketEvents } from "./socket-events.ts";

/** In one turn of the event loop; what is left is told of in the next. */
const mostAtOnce = 64;

/**
 * Accepts in Bun's place what comes to a socket that Bun listens on; returns how to stop. `fd` stays Bun's to close.
 */
export function acceptNatively(
  fd: number,
  events: SocketEvents,
  allowHalfOpen: boolean,
  accept: (socket: NativeSocket) => void,
): () => void {
  stopAccepting(fd);
  watch(fd, canRead, {
    onReady() {
      for (let accepted = 0; accepted < mostAtOnce; accepted++) {
        const socket = NativeSocket.accept(fd, events, allowHalfOpen);
        if (socket === undefined) return;
        accept(socket);
        // Mostly its first bytes are there already.
        socket.onReady(canRead);
      }
    },
  });
  let isStopped = false;
  return () => {
    // Once alone: by the second time the descriptor may be another's.
    if (!isStopped) unwatch(fd);
    isStopped = true;
  };
}
