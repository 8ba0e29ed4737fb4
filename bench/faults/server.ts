/**
 * A server that fails when it is told to: one process, so that it can be killed and stopped too. Takes a port, an id, a seed and
 * the file of its journal as arguments and a {@link Behaviour} as a message; tells `listening` when it is up. In the journal each
 * request has a line when it comes: the time as `Date.now()`, method and path.
 */
import { openSync, writeSync } from "node:fs";
import type { Socket } from "bun";
import { seededRandom } from "../../balancer/cluster/random.ts";
import type { Behaviour, FromServer } from "./behaviour.ts";

const meanServiceMs = 5;
const body = "a".repeat(36);

const [port = "0", id = "", seed = "1", journalFile] = process.argv.slice(2);
// What is written outlives a process that is killed.
const journal = journalFile === undefined ? undefined : openSync(journalFile, "a");
const random = seededRandom(Number(seed));
let behaviour: Behaviour = "sound";
let listener: Bun.TCPSocketListener<Connection> | undefined;
const open = new Set<Socket<Connection>>();

interface Connection {
  text: string;
}

function listen(): void {
  listener = Bun.listen<Connection>({
    hostname: "127.0.0.1",
    port: Number(port),
    socket: {
      open(socket) {
        socket.data = { text: "" };
        open.add(socket);
      },
      close: (socket) => void open.delete(socket),
      data(socket, bytes) {
        socket.data.text += bytes.toString("latin1");
        for (let end = requestEnd(socket); end >= 0; end = requestEnd(socket)) {
          const request = socket.data.text.slice(0, end);
          socket.data.text = socket.data.text.slice(end);
          answer(socket, request);
        }
      },
      error() {},
    },
  });
}

/** Where the next request ends, -1 when it is not whole; no chunks come here. */
function requestEnd({ data: { text } }: Socket<Connection>): number {
  const headEnd = text.indexOf("\r\n\r\n") + 4;
  if (headEnd < 4) return -1;
  const length = Number(/\ncontent-length: *(\d+)/i.exec(text.slice(0, headEnd))?.[1] ?? 0);
  return text.length < headEnd + length ? -1 : headEnd + length;
}

function answer(socket: Socket<Connection>, request: string): void {
  const [method, path] = request.split(" ", 2);
  if (journal !== undefined) writeSync(journal, `${Date.now()} ${method} ${path}\n`);
  const isProbe = path === "/health";
  const serviceMs = isProbe ? 0 : -Math.log(1 - random()) * meanServiceMs;
  switch (behaviour) {
    case "resets":
      socket.terminate();
      return;
    case "silent":
      return;
    case "failing":
      send(socket, 500);
      return;
    // A probe passes: only real requests show it.
    case "failing 30 %":
      if (!isProbe && random() < 0.3) send(socket, 500);
      else setTimeout(send, serviceMs, socket, 200);
      return;
    case "slow":
      setTimeout(send, serviceMs * 10, socket, 200);
      return;
    default:
      setTimeout(send, serviceMs, socket, 200);
  }
}

function send(socket: Socket<Connection>, status: number): void {
  const reason = status === 200 ? "OK" : "Internal Server Error";
  socket.write(
    `HTTP/1.1 ${status} ${reason}\r\ncontent-type: text/plain\r\nx-ballast-target: ${id}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

process.on("message", (wanted: Behaviour) => {
  behaviour = wanted;
  if (wanted === "refuses") {
    listener?.stop(true);
    listener = undefined;
    for (const socket of open) socket.terminate();
  } else if (listener === undefined) {
    listen();
  }
  tell("done");
});

function tell(message: FromServer): void {
  process.send?.(message);
}

listen();
tell("listening");
