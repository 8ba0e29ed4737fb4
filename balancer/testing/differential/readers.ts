import { EdgeFixture, type StartEdge } from "../edge-fixture.ts";
import { RawOrigin } from "../raw-origin.ts";
import type { SeenMessage } from "./stream.ts";

/** For tests: a server that answers every whole request with what it saw, in a field `x-saw`. */
export interface Reader {
  readonly name: string;
  readonly port: number;
  /** Whether what this reader saw can be what the edge's target got. */
  isSame(atTarget: SeenMessage, seen: SeenMessage): boolean;
  /** Whether it may have been reported before its body was whole. */
  isEarly(seen: SeenMessage): boolean;
  stop(): void | Promise<void>;
}

const never = () => false;

const hex = (text: string) => Buffer.from(text, "latin1").toString("hex");

const isEqual = (a: SeenMessage, b: SeenMessage) =>
  a.method === b.method && a.target === b.target && a.body === b.body;

/** The edge forwards an absolute-form target in origin-form (RFC 9112 §3.2.1), and no fragment. */
const asForwarded = (target: string) => target.replace(/^https?:\/\/[^/?]*\/?/i, "/").replace(/#.*/, "");

/** An edge; what it saw is what its target gets. */
export async function startEdgeReader(name: string, start: StartEdge): Promise<Reader> {
  const origin = await RawOrigin.start(({ method, target, body }, connection) =>
    connection.send(
      `HTTP/1.1 200 OK\r\nx-saw: ${method} ${hex(target)} ${body.toString("hex")}\r\ncontent-length: 0\r\n\r\n`,
    ),
  );
  const edge = EdgeFixture.start(start, { targets: [origin.url] });
  const stop = async () => {
    await edge.stop();
    origin.stop();
  };
  return { name, port: edge.port, isSame: isEqual, isEarly: never, stop };
}

/** `Bun.serve`, which gives neither the target as it came nor the body of a GET. */
export function startBunReader(): Reader {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch(request) {
      const body = request.body === null ? Buffer.alloc(0) : Buffer.from(await request.bytes());
      const { pathname, search } = new URL(request.url);
      return new Response(null, {
        headers: { "x-saw": `${request.method} ${hex(pathname + search)} ${body.toString("hex")}` },
      });
    },
    error: () => new Response(null, { status: 400, headers: { connection: "close" } }),
  });
  return {
    name: "Bun.serve",
    port: Number(server.port),
    isSame: (atTarget, seen) =>
      atTarget.method === seen.method &&
      normalised(atTarget.target) === seen.target &&
      (hasNoBody(seen.method) || atTarget.body === seen.body),
    isEarly: ({ method }) => hasNoBody(method),
    stop: () => server.stop(true),
  };
}

/** To Bun; it passes over the one that comes all the same. */
const hasNoBody = (method: string) => method === "GET" || method === "HEAD";

function normalised(target: string): string {
  const { pathname, search } = new URL(`http://t${target}`);
  return pathname + search;
}

/** llhttp, in a process of Node; a text that says why not where there is none. */
export async function startNodeReader(): Promise<Reader | string> {
  const node = Bun.which("node");
  if (node === null) return "there is no `node` on PATH";
  const script = new URL("./node-reader.mjs", import.meta.url).pathname;
  const process = Bun.spawn([node, script], { stdin: "pipe", stdout: "pipe", stderr: "inherit" });
  const { value } = await process.stdout.getReader().read();
  const { port, llhttp, bun } = JSON.parse(new TextDecoder().decode(value)) as Record<string, string>;
  const stop = async () => {
    process.stdin.end();
    await process.exited;
  };
  if (bun !== "") {
    await stop();
    return `${node} is Bun`;
  }
  return {
    name: `llhttp ${llhttp}`,
    port: Number(port),
    isSame: (atTarget, seen) => isEqual(atTarget, { ...seen, target: asForwarded(seen.target) }),
    isEarly: never,
    stop,
  };
}
