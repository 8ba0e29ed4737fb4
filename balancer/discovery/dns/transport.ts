import type { udp } from "bun";
import { decodeReply, encodeQuery, type RecordType, type Reply } from "./message.ts";

/** An address to ask at; IPv6 without brackets. */
export interface DnsServer {
  readonly hostname: string;
  readonly port: number;
}

/** A datagram may get lost: it is sent again after this. */
const resendMs = 1000;
const sends = 2;
const tcpTimeoutMs = 3000;

/** Asks one server, over UDP, and over TCP when the answer was too long for that; a text is the fault, for people. */
export async function askServer(
  server: DnsServer,
  name: string,
  type: RecordType,
  signal: AbortSignal,
): Promise<Reply | string> {
  // Unforeseeable, so that nobody who can't read the question can forge an answer (RFC 5452).
  const id = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
  const query = encodeQuery(id, name, type);
  const reply = await askByUdp(server, query, signal);
  if (typeof reply === "string" || !reply.isTruncated) return reply;
  return askByTcp(server, query, signal);
}

async function askByUdp(server: DnsServer, query: Uint8Array, signal: AbortSignal): Promise<Reply | string> {
  const answer = Promise.withResolvers<Reply | string>();
  let socket: udp.ConnectedSocket<"buffer"> | undefined;
  let sent = 0;
  const send = () => {
    if (sent++ === sends) {
      answer.resolve(`no answer within ${sends * resendMs} ms`);
      return;
    }
    try {
      socket?.send(query);
    } catch (error) {
      answer.reject(error);
    }
  };
  let timer: ReturnType<typeof setInterval> | undefined;
  const giveUp = () => answer.resolve("given up");
  signal.addEventListener("abort", giveUp);
  try {
    socket = await Bun.udpSocket({
      hostname: server.hostname.includes(":") ? "::" : "0.0.0.0",
      connect: server,
      socket: {
        data(_socket, bytes) {
          // Anything else is late or forged, and the right one may still come.
          const reply = decodeReply(bytes, query);
          if (reply !== undefined) answer.resolve(reply);
        },
        // Bun gives it the error alone, whatever the types say.
        error: (...args: unknown[]) => answer.reject(args.at(-1)),
      },
    });
    timer = setInterval(send, resendMs);
    send();
    return await answer.promise;
  } catch (error) {
    return (error as Error).message;
  } finally {
    clearInterval(timer);
    signal.removeEventListener("abort", giveUp);
    socket?.close();
  }
}

/** Each message has its length before it (RFC 1035 §4.2.2). */
async function askByTcp(server: DnsServer, query: Uint8Array, signal: AbortSignal): Promise<Reply | string> {
  const answer = Promise.withResolvers<Reply | string>();
  let received = Buffer.alloc(0);
  const giveUp = () =>
    answer.resolve(signal.aborted ? "given up" : `no answer over TCP within ${tcpTimeoutMs} ms`);
  const timer = setTimeout(giveUp, tcpTimeoutMs);
  signal.addEventListener("abort", giveUp);
  const connecting = Bun.connect({
    ...server,
    socket: {
      open(socket) {
        const length = Buffer.alloc(2);
        length.writeUInt16BE(query.length);
        socket.write(Buffer.concat([length, query]));
      },
      data(_socket, bytes) {
        received = Buffer.concat([received, bytes]);
        if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
        const reply = decodeReply(received.subarray(2, 2 + received.readUInt16BE(0)), query);
        answer.resolve(reply ?? "an answer over TCP that is none");
      },
      close: () => answer.resolve("closed over TCP without an answer"),
      error: (_socket, error) => answer.resolve(error.message),
    },
  });
  connecting.then(
    // Whoever connects after the end is of no use any more.
    (socket) => void answer.promise.then(() => socket.end()),
    (error: Error) => answer.resolve(`over TCP: ${error.message}`),
  );
  const reply = await answer.promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", giveUp);
  return reply;
}
