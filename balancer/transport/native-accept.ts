import { stopAccepting } from "../sockets/poll.ts";
import { canRead, unwatch, watch } from "../sockets/readiness.ts";
import { sendAtOnce } from "../sockets/socket-options.ts";
import { NativeSocket } from "./native-socket.ts";
import type { SocketEvents } from "./socket-events.ts";

/** In one look at what is ready; what is left is told of in the next. */
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
  sendAtOnce(fd);
  watch(fd, canRead, {
    onReady(_events, isAgain) {
      // A connection mostly comes alone, and to ask for a second one costs a call.
      for (let left = isAgain ? mostAtOnce : 1; left > 0; left--) {
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
