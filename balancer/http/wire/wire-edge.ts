import { edgeOf } from "../../config/edge-rules.ts";
import { acceptSockets } from "../../transport/accept-sockets.ts";
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
  const server = acceptSockets(
    {
      listen: listener.listen,
      certificate,
      reusePort: options.reusePort,
      counts: options.recorder.counts,
      held: options.held,
      // A tunnel passes on that one side has ended; with TLS nobody means that by ending.
      allowHalfOpen: certificate === undefined,
    },
    (socket) => {
      const peer = context.rules.planner.peer(socket.remoteAddress);
      if (!context.admits(peer)) {
        context.rules.recorder.counts.refused();
        socket.terminate();
        return;
      }
      const connection = new WireConnection(socket, context, peer);
      context.connections.add(connection);
      socket.data = connection;
    },
  );
  return {
    port: server.port,
    canBecome: (next, nextCertificates) =>
      edgeOf(next) === "wire" && nextCertificates.length === certificates.length,
    become(next) {
      const [nextCertificate] = next.certificates;
      if (nextCertificate !== undefined) server.setCertificate(nextCertificate);
      context.become(next);
    },
    drain() {
      server.stop();
      return context.drain();
    },
    async stop() {
      server.stop();
      context.stop();
    },
  };
}
