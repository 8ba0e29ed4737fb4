import { isIP } from "node:net";
import type { udp } from "bun";
import type { ConnectedDatagrams, DatagramReader } from "./connected-datagrams.ts";
import { socketErrorCode } from "./udp-send.ts";

/** A {@link ConnectedDatagrams} of Bun's own, for all systems. */
export async function connectOverBun(
  address: string,
  port: number,
  reader: DatagramReader,
): Promise<ConnectedDatagrams> {
  let isClosed = false;
  const handlers: udp.ConnectedSocketHandler<"buffer"> = {
    data: (_socket, bytes) => {
      if (!isClosed) reader.onDatagram(bytes);
    },
    // Bun gives it the error alone, whatever the types say.
    error: (...args: unknown[]) => {
      const error = args.at(-1);
      const code = socketErrorCode(error);
      // What a handler throws has no code: it is a bug of ours, which must not go by in silence.
      if (code === undefined) console.error("a UDP session's handler failed:", error);
      else if (!isClosed) reader.onError(code);
    },
  };
  const socket = await Bun.udpSocket({
    hostname: isIP(address) === 6 ? "::" : "0.0.0.0",
    connect: { hostname: address, port },
    socket: handlers,
  });
  return {
    send: (bytes) => socket.send(bytes),
    sendMany: (list) => socket.sendMany(list),
    close: () => {
      isClosed = true;
      socket.close();
    },
  };
}
