import { Writable } from "node:stream";
import { type Clock, systemClock } from "../../balancer/cluster/clock.ts";
import { configSchema } from "../../balancer/config/schema.ts";
import { Service } from "../../balancer/http/service/service.ts";
import { UpstreamConnection } from "../../balancer/http/upstream/connection.ts";
import { WireConnection } from "../../balancer/http/wire/wire-connection.ts";
import { WireContext } from "../../balancer/http/wire/wire-context.ts";
import { AccessLog } from "../../balancer/observe/access-log.ts";
import { Counts, createCountsMemory } from "../../balancer/observe/counts.ts";
import { JsonLines } from "../../balancer/observe/lines/json-lines.ts";
import { RequestRecorder } from "../../balancer/observe/request-recorder.ts";
import type { SocketEvents } from "../../balancer/transport/socket-events.ts";
import type { StreamSocket } from "../../balancer/transport/stream-socket.ts";

/** What our own code takes for a request, without the kernel and without Bun's sockets. */
export interface RequestCost {
  readonly what: string;
  /** In the fastest of several rounds: disturbances only add. */
  readonly nsPerRequest: number;
}

const rounds = 9;
const clientCount = 64;
/** Requests that are under way together. */
const together = 16;
const answer = Buffer.from(
  "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Sat, 21 Nov 2026 10:52:05 GMT\r\nContent-Type: text/plain\r\n" +
    "Content-Length: 36\r\nConnection: keep-alive\r\n\r\nInstance number 1 is responding now!",
);

/** As a load generator sends it. */
const bare = [Buffer.from("GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n")];
/** As a browser sends them, each for another page. */
const browsers = Array.from({ length: 1000 }, (_, page) =>
  Buffer.from(
    `GET /shop/item/${page}?from=${page * 7} HTTP/1.1\r\nHost: shop.example.com\r\n` +
      "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0\r\n" +
      "Accept: text/html,application/xhtml+xml\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br\r\n" +
      "Referer: https://shop.example.com/\r\nCookie: session=abcdef0123456789; theme=dark\r\nConnection: keep-alive\r\n\r\n",
  ),
);

/** The machine's clock; nothing here takes so long that a timer would be needed. */
const clock: Clock = { now: () => systemClock.now(), after: () => ({ cancel() {} }) };

/** Takes some seconds. `requests`: in a round. */
export async function measureRequestCosts(requests: number): Promise<RequestCost[]> {
  return [
    { what: "the same short head again", nsPerRequest: await fastestNs(bare, 3, requests) },
    { what: "the same, 64 targets", nsPerRequest: await fastestNs(bare, 64, requests) },
    { what: "another browser's head each time", nsPerRequest: await fastestNs(browsers, 3, requests) },
  ];
}

async function fastestNs(heads: readonly Buffer[], targets: number, requests: number): Promise<number> {
  const scene = new Scene(heads, targets);
  let fastest = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const startedAtMs = performance.now();
    scene.run(requests);
    const tookMs = performance.now() - startedAtMs;
    fastest = Math.min(fastest, (tookMs * 1e6) / requests);
    // The compiler's threads and the log's writes get their turn.
    await Bun.sleep(1);
  }
  return fastest;
}

/** A wire edge between sockets that take everything at once. */
class Scene {
  private readonly clients: FakeSocket[];
  private lastWritten: FakeSocket | undefined;
  private sent = 0;

  constructor(
    private readonly heads: readonly Buffer[],
    targetCount: number,
  ) {
    const config = configSchema.parse({
      listeners: [
        {
          name: "cost",
          protocol: "http",
          listen: "127.0.0.1:0",
          exposeTarget: true,
          routes: [{ group: "g" }],
        },
      ],
      groups: {
        g: {
          health: false,
          targets: Array.from({ length: targetCount }, (_, i) => ({
            id: `t-${i}`,
            url: `http://127.0.0.1:${i + 1}`,
          })),
        },
      },
    });
    const [listener] = config.listeners;
    const group = config.groups.g;
    if (listener?.protocol !== "http" || group === undefined)
      throw new Error("the config is not the one that was written");
    const service = new Service("g", group, { clock, onStateChange() {} });
    const sink = new Writable({ write: (_bytes, _encoding, done) => done() });
    const accessLog = new AccessLog({
      sink,
      reopen: undefined,
      format: new JsonLines(),
      clock,
      onFault() {},
      onLost() {},
    });
    const counts = new Counts(createCountsMemory(config, 1), 0);
    const context = new WireContext({
      clock,
      listener,
      certificates: [],
      services: new Map([["g", service]]),
      recorder: new RequestRecorder(clock, counts.of(listener), accessLog, undefined),
      statusDocument: () => ({}),
    });
    for (const target of service.group.targets) {
      const pool = service.poolOf(target);
      for (let i = 0; i < together; i++) {
        const socket = new FakeSocket((writer) => {
          this.lastWritten = writer;
        });
        const connection = new UpstreamConnection(socket.asSocket(), pool);
        socket.data = connection;
        pool.connected(connection, clock.now());
      }
    }
    const peer = context.rules.planner.peer("127.0.0.1");
    this.clients = Array.from({ length: clientCount }, () => {
      const socket = new FakeSocket(() => {});
      const connection = new WireConnection(socket.asSocket(), context, peer);
      context.connections.add(connection);
      socket.data = connection;
      return socket;
    });
  }

  run(requests: number): void {
    const asked: FakeSocket[] = [];
    for (let left = requests; left > 0; left -= together) {
      asked.length = 0;
      for (let i = 0; i < together; i++) {
        const head = this.heads[this.sent % this.heads.length];
        if (head !== undefined)
          this.clients[this.sent % clientCount]?.data?.onSocketData(head, 0, head.length);
        this.sent++;
        if (this.lastWritten !== undefined) asked.push(this.lastWritten);
      }
      for (const socket of asked) socket.data?.onSocketData(answer, 0, answer.length);
    }
  }
}

class FakeSocket {
  data: SocketEvents | undefined;
  readonly remoteAddress = "127.0.0.1";

  constructor(private readonly onWrite: (socket: FakeSocket) => void) {}

  /** It has what the edge uses of a socket. */
  asSocket(): StreamSocket {
    return this as unknown as StreamSocket;
  }

  write(_bytes: Uint8Array, _from: number, length: number): number {
    this.onWrite(this);
    return length;
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  terminate(): void {}
}
