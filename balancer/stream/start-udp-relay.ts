import { anywhere, replaceSocket } from "../sockets/poll.ts";
import { canWatch } from "../sockets/readiness.ts";
import { UdpRelay, type UdpRelayOptions } from "./udp-relay.ts";
import { socketErrorCode } from "./udp-send.ts";

/** Relays the datagrams that come to one port; resolves once it listens, rejects when it can't. */
export async function startUdpRelay(options: UdpRelayOptions): Promise<UdpRelay> {
  // What it takes is opened here already: with the first session there may be no open file left.
  canWatch();
  let relay: UdpRelay | undefined;
  const [held] = options.held?.("udp", options.listen) ?? [];
  const { hostname, port } = held === undefined ? options.listen : anywhere;
  const socket = await Bun.udpSocket({
    hostname,
    port,
    socket: {
      data: (_socket, bytes, clientPort, address) => relay?.onDatagram(bytes, clientPort, address),
      // Bun gives it the error alone, whatever the types say. Errors of the system tell of clients that are gone, which
      // is nobody's fault; what a handler throws has no code.
      error: (...args: unknown[]) => {
        const error = args.at(-1);
        if (socketErrorCode(error) === undefined) console.error("a UDP listener's handler failed:", error);
      },
    },
  });
  if (held !== undefined) replaceSocket("udp", socket.port, held);
  relay = new UdpRelay(options, socket, held === undefined ? socket.port : options.listen.port);
  return relay;
}
