import type { ListenerConfig } from "../config/schema.ts";
import type { Certificate } from "../http/edge.ts";
import { acceptSockets } from "../transport/accept-sockets.ts";
import { unheard } from "../transport/socket-events.ts";
import type { ListenerWorld, OpenListener } from "./open-listener.ts";

/** TLS: fatal, internal_error (RFC 8446 §6), as Caddy says it where it has no certificate. */
const alert = new Uint8Array([21, 3, 1, 0, 2, 2, 80]);

/** A client that says nothing is closed after this. */
const helloSeconds = 10;

/** Whether clients are to speak TLS, and the certificate has yet to be obtained. */
export function lacksCertificate(listener: ListenerConfig, certificates: readonly Certificate[]): boolean {
  return listener.protocol !== "udp" && listener.tls !== undefined && certificates.length === 0;
}

/** Refuses each handshake, until there is a certificate and another takes its place. Throws when it can't listen. */
export function openUncertified(listener: ListenerConfig, world: ListenerWorld): OpenListener {
  const { reusePort, held } = world;
  const counts = world.counts.of(listener);
  const acceptor = acceptSockets(
    { listen: listener.listen, reusePort, held, counts, allowHalfOpen: false },
    (socket) => {
      socket.timeout(helloSeconds);
      socket.data = {
        ...unheard,
        onSocketData() {
          counts.handshakeFailed();
          // Only once: the rest of a long hello may follow.
          socket.data = unheard;
          socket.write(alert);
          socket.end();
        },
      };
    },
  );
  return {
    port: acceptor.port,
    canBecome: lacksCertificate,
    become() {},
    drain: async () => acceptor.stop(),
    stop: async () => acceptor.stop(),
  };
}
