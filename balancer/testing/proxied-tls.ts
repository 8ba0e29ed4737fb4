import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { Wire } from "./wire.ts";

/** For tests: TLS on a connection of which the header has gone ahead. */
export async function connectTlsAfter(header: Uint8Array, port: number, ca: string): Promise<Wire> {
  const socket = connect({ port, host: "127.0.0.1" });
  await once(socket, "connect");
  await new Promise<void>((resolve) => void socket.write(header, () => resolve()));
  const tls = connectTls({ socket, ca, servername: "localhost" });
  await once(tls, "secureConnect");
  return new Wire(tls);
}

/** How a client connects by way of a proxy. */
export interface ProxiedTlsOptions {
  /** PEM of the authority to trust. */
  readonly ca: string;
  /** What the proxy says before the client's first bytes. */
  readonly header: Uint8Array;
  /** Cuts header and first bytes into what is sent at a time. One piece when left out. */
  readonly cut?: (bytes: Buffer) => readonly Uint8Array[];
}

/** For tests: a client that speaks TLS after a PROXY protocol header. Rejects where there is no handshake. */
export async function connectProxiedTls(
  port: number,
  { ca, header, cut = (bytes) => [bytes] }: ProxiedTlsOptions,
): Promise<Wire> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  let isFirst = true;
  const transport = new Duplex({
    read: () => void socket.resume(),
    write(bytes: Buffer, _encoding, done) {
      if (!isFirst) {
        socket.write(bytes, done);
        return;
      }
      isFirst = false;
      void sendApart(socket, cut(Buffer.concat([header, bytes]))).then(() => done(), done);
    },
    final: (done) => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (bytes) => {
    if (!transport.push(bytes)) socket.pause();
  });
  socket.on("end", () => transport.push(null));
  socket.on("error", (error) => transport.destroy(error));
  socket.on("close", () => transport.destroy());
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const tls = connectTls({ socket: transport, ca, servername: "localhost" }, resolve);
  tls.once("error", reject);
  tls.once("close", () => reject(new Error("closed before the handshake was done")));
  await promise;
  return new Wire(tls);
}

/** Each piece as a packet of its own, as far as the system lets that be had. */
async function sendApart(socket: Socket, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    await new Promise<void>((resolve) => void socket.write(piece, () => resolve()));
    await Bun.sleep(1);
  }
}
