import { type SocketEvents, socketHandlers } from "../../socket-events.ts";
import type { Edge, EdgeOptions } from "../edge.ts";
import { WireConnection } from "./wire-connection.ts";
import { WireContext } from "./wire-context.ts";

/** Serves a listener with HTTP/1.1 over sockets, bytes in and bytes out. */
export function startWireEdge(options: EdgeOptions): Edge {
  const { listener, certificates } = options;
  const [certificate, ...others] = certificates;
  if (others.length > 0)
    throw new Error("the wire edge takes one certificate; expected edge serve for several");
  const context = new WireContext(options);
  // Without it a TLS socket opens when its handshake is done.
  const { handshake: _ofTargets, ...handlers } = socketHandlers;
  const server = Bun.listen<SocketEvents>({
    hostname: listener.listen.hostname,
    port: listener.listen.port,
    // Taken, though bun-types has it for Bun.connect alone.
    ...(options.reusePort === true && { reusePort: true }),
    // A tunnel passes on that one side has ended; with TLS nobody means that by ending.
    allowHalfOpen: certificate === undefined,
    ...(certificate !== undefined && { tls: { cert: certificate.cert, key: certificate.key } }),
    data: neverOpened,
    socket: {
      ...handlers,
      open(socket) {
        const connection = new WireConnection(socket, context);
        context.opened(connection);
        socket.data = connection;
      },
    },
  });
  return {
    port: server.port,
    drain() {
      server.stop(false);
      return context.drain();
    },
    async stop() {
      server.stop(false);
      context.stop();
    },
  };
}

/** Who is told of a connection whose TLS handshake never ended. */
const neverOpened: SocketEvents = {
  onSocketOpen() {},
  onSocketHandshake() {},
  onSocketData() {},
  onSocketDrain() {},
  onSocketEnd() {},
  onSocketClose() {},
};
