import { listenFault } from "../listen-fault.ts";
import { type Result, succeed } from "../result.ts";
import type { Backend } from "../server.ts";
import { originOf } from "./origin.ts";

/** Sends every datagram back to whom it came from; fails with the system's reason when it can't have the port. */
export async function startUdpEcho(hostname: string, port: number): Promise<Result<Backend>> {
  try {
    const socket = await Bun.udpSocket({
      hostname,
      port,
      socket: {
        // What the system has no room for is lost, as datagrams may be.
        data: (socket, bytes, clientPort, clientAddress) =>
          void socket.send(bytes, clientPort, clientAddress),
        // The system tells of clients that are gone already; what a handler throws has no code.
        error: (...args: unknown[]) => {
          const error = args.at(-1);
          if (!(error instanceof Error && "code" in error)) console.error("backend: echo:", error);
        },
      },
    });
    return succeed({
      origin: originOf("udp", hostname, socket.port),
      port: socket.port,
      stop: async () => socket.close(),
    });
  } catch (error) {
    return listenFault(hostname, port, error);
  }
}
