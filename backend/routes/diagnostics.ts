import type { BunRequest, Server, ServerWebSocket, WebSocketHandler } from "bun";
import { parseWholeNumber } from "../prime/whole-number.ts";
import { forPosting, forReading } from "./method.ts";

const chunkBytes = 65_536;
const mostBytes = 2 ** 30;
const eventCount = 5;
const eventGapMs = 50;

/** Byte i of `/bytes/<n>` is i modulo 256, in all chunks alike. */
const chunk = Uint8Array.from({ length: chunkBytes }, (_, i) => i);

/** Answers of every kind, to test what stands in between. They skip the machine's queue. */
export const diagnosticRoutes = {
  "/echo": forPosting((request: Request) => {
    const type = request.headers.get("content-type");
    return new Response(request.body, { headers: type === null ? {} : { "content-type": type } });
  }),

  "/bytes/:n": forReading((request: BunRequest<"/bytes/:n">) => {
    const n = parseWholeNumber(request.params.n);
    if (!n.ok) return badRequest(n.faults.join("; "));
    if (n.value > mostBytes) return badRequest(`found ${n.value} bytes, expected up to ${mostBytes}`);
    const headers = { "content-type": "application/octet-stream", "content-length": String(n.value) };
    return new Response(request.method === "HEAD" ? null : streamOf(n.value), { headers });
  }),

  "/sse": forReading(
    () =>
      new Response(events, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } }),
  ),

  "/status/:code": forReading((request: BunRequest<"/status/:code">) => {
    const { code } = request.params;
    // 1xx is no final status: Bun can't send it as an answer.
    if (!/^[2-5]\d\d$/.test(code))
      return badRequest(`found status ${JSON.stringify(code)}, expected 200 to 599`);
    const status = Number(code);
    const bodiless = status === 204 || status === 205 || status === 304;
    return new Response(bodiless ? null : `${code}\n`, { status });
  }),

  "/ws": forReading((request: Request, server: Server<undefined>) =>
    server.upgrade(request)
      ? undefined
      : new Response("expected a WebSocket handshake\n", { status: 426, headers: { upgrade: "websocket" } }),
  ),
};

function badRequest(reason: string): Response {
  return new Response(`${reason}\n`, { status: 400 });
}

function streamOf(bytes: number): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      const next = Math.min(left, chunkBytes);
      if (next > 0) controller.enqueue(chunk.slice(0, next));
      left -= next;
      if (left === 0) controller.close();
    },
  });
}

async function* events() {
  for (let i = 1; i <= eventCount; i++) {
    if (i > 1) await Bun.sleep(eventGapMs);
    yield `id: ${i}\ndata: event ${i} of ${eventCount}\n\n`;
  }
}

/** Sends every message back, and remembers who is connected so that all can be told to go. */
export function echoSockets(): { handler: WebSocketHandler<undefined>; closeAll(): void } {
  const open = new Set<ServerWebSocket<undefined>>();
  const queued = -1;
  return {
    handler: {
      idleTimeout: 0,
      open(socket) {
        open.add(socket);
      },
      message(socket, message) {
        if (socket.send(message) === queued) socket.pause();
      },
      drain(socket) {
        socket.resume();
      },
      close(socket) {
        open.delete(socket);
      },
    },
    closeAll() {
      for (const socket of open) socket.close(1001, "the server stops");
    },
  };
}
