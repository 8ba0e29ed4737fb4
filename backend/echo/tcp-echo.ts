import type { Socket } from "bun";
import { listenFault } from "../listen-fault.ts";
import { type Result, succeed } from "../result.ts";
import type { Backend } from "../server.ts";
import { originOf } from "./origin.ts";

/** What a client has sent and not been sent back yet. */
interface Echo {
  unsent: Uint8Array;
  /** The client sends no more. */
  hasEnded: boolean;
}

const nothing = new Uint8Array();

/** Sends back what clients send, no faster than they read it; fails with the system's reason when it can't listen. */
export function startTcpEcho(hostname: string, port: number): Result<Backend> {
  const sockets = new Set<Socket<Echo>>();
  let isStopping = false;
  let onDone = () => {};

  const flush = (socket: Socket<Echo>) => {
    const echo = socket.data;
    const written = Math.max(0, socket.write(echo.unsent));
    echo.unsent = echo.unsent.subarray(written);
    if (echo.unsent.length > 0) socket.pause();
    else if (echo.hasEnded || isStopping) socket.end();
    else socket.resume();
  };
  try {
    const listener = Bun.listen<Echo>({
      hostname,
      port,
      allowHalfOpen: true,
      socket: {
        open(socket) {
          socket.data = { unsent: nothing, hasEnded: false };
          sockets.add(socket);
        },
        data(socket, bytes) {
          const { unsent } = socket.data;
          // Bun's buffer is its own; bytes that come in spite of the pause are put behind the others.
          socket.data.unsent = unsent.length === 0 ? bytes.slice() : Buffer.concat([unsent, bytes]);
          flush(socket);
        },
        drain: flush,
        end(socket) {
          socket.data.hasEnded = true;
          if (socket.data.unsent.length === 0) socket.end();
        },
        close(socket) {
          sockets.delete(socket);
          if (isStopping && sockets.size === 0) onDone();
        },
        error(socket, error) {
          if (!("code" in error)) console.error("backend: echo:", error);
          socket.terminate();
        },
      },
    });
    return succeed({
      origin: originOf("tcp", hostname, listener.port),
      port: listener.port,
      stop() {
        listener.stop();
        isStopping = true;
        const { promise, resolve } = Promise.withResolvers<void>();
        onDone = resolve;
        for (const socket of sockets) if (socket.data.unsent.length === 0) socket.end();
        if (sockets.size === 0) resolve();
        return promise;
      },
    });
  } catch (error) {
    return listenFault(hostname, port, error);
  }
}
