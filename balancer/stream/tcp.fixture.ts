import { createServer, type Socket } from "node:net";
import type { z } from "zod";
import { type Clock, systemClock } from "../cluster/clock.ts";
import type { Target } from "../cluster/target.ts";
import { groupSchema } from "../config/group-schema.ts";
import { listenerSchema } from "../config/listener-schema.ts";
import { createListenerMemory, ListenerCounts } from "../observe/listener-counts.ts";
import { RawClient, type RawClientOptions } from "../testing/raw-client.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until, untilSteady } from "../testing/until.ts";
import { Wire } from "../testing/wire.ts";
import { StreamService } from "./stream-service.ts";
import type { EndedConnection } from "./tcp-context.ts";
import { startTcpRelay, type TcpRelay, type TcpRelayOptions } from "./tcp-relay.ts";

/** What differs from a relay with a round-robin group, in lb.json's words for the group. */
export interface TcpSetup {
  /** Ports of 127.0.0.1 that targets listen on. */
  readonly targets: readonly number[];
  readonly group?: Partial<z.input<typeof groupSchema>>;
  readonly relay?: Partial<TcpRelayOptions>;
  readonly clock?: Clock;
}

/** For tests: a relay on a free port with its group behind it, and everything that it said in the end. */
export class TcpFixture {
  readonly ended: EndedConnection[] = [];
  readonly states: string[] = [];
  readonly relay: TcpRelay;
  readonly service: StreamService;
  readonly counts: ListenerCounts;
  private readonly options: TcpRelayOptions;
  private readonly clients: RawClient[] = [];

  constructor({ targets, group, relay, clock = systemClock }: TcpSetup) {
    const { targets: read, ...config } = groupSchema.parse({
      policy: "round-robin",
      health: false,
      // A group without targets is none for lb.json; those of servers that announce themselves begin so.
      targets: (targets.length > 0 ? targets : [1]).map((port) => ({ url: `tcp://127.0.0.1:${port}` })),
      ...group,
    });
    const isEmpty = targets.length === 0 && group?.targets === undefined;
    this.service = new StreamService(
      "g",
      "tcp",
      { ...config, targets: isEmpty ? [] : read },
      {
        clock,
        onStateChange: (target, why) => this.states.push(`${target.id} ${target.state}: ${why}`),
      },
    );
    const listener = listenerSchema.parse({
      name: "test",
      protocol: "tcp",
      listen: "127.0.0.1:0",
      group: "g",
    });
    this.counts = new ListenerCounts("test", createListenerMemory(listener, 1), 0);
    this.options = {
      clock,
      service: this.service,
      listen: { hostname: "127.0.0.1", port: 0 },
      idleTimeoutMs: 60_000,
      acceptsProxyProtocol: false,
      counts: this.counts,
      onConnectionEnd: (end) => this.ended.push(end),
      ...relay,
    };
    this.relay = startTcpRelay(this.options);
  }

  /** Relays by other options from the next connection on. */
  become(options: Partial<TcpRelayOptions>): void {
    this.relay.become({ ...this.options, ...options });
  }

  async client(options?: RawClientOptions): Promise<RawClient> {
    const client = await RawClient.connect(this.relay.port, options);
    this.clients.push(client);
    return client;
  }

  target(index: number): Target {
    const target = this.service.group.targets[index];
    if (target === undefined) throw new Error(`there is no target number ${index}`);
    return target;
  }

  /** The end of connection number `index`. */
  async end(index = 0): Promise<EndedConnection> {
    return await until(`end of connection ${index}`, () => this.ended[index]);
  }

  /** Until `count` attempts are in flight. */
  async inFlight(count: number): Promise<void> {
    await until(`${count} attempts in flight`, () => {
      const { targets } = this.service.group;
      return targets.reduce((sum, target) => sum + target.inFlight, 0) === count;
    });
  }

  /** Every attempt must have ended when all is over. */
  async stop(): Promise<void> {
    for (const client of this.clients) client.socket.destroy();
    this.relay.stop();
    this.service.stop();
    await this.inFlight(0);
  }
}

/** For tests: a target that does exactly what it is told. */
export class TcpTarget {
  readonly connections: Wire[] = [];

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly port: number,
  ) {}

  /** `greet`: sent on every connection at once. */
  static async start(greet?: string): Promise<TcpTarget> {
    const accepted = (socket: Socket) => {
      const wire = new Wire(socket);
      if (greet !== undefined) wire.send(greet);
      target.connections.push(wire);
    };
    const server = createServer({ allowHalfOpen: true }, accepted);
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const target = new TcpTarget(server, address.port);
    return target;
  }

  /** Connection number `index`, once it is there. */
  async connection(index = 0): Promise<Wire> {
    return await until(`connection ${index}`, () => this.connections[index]);
  }

  stop(): void {
    for (const { socket } of this.connections) socket.destroy();
    this.server.close();
  }
}

/** Waits until `text` is all that has come and not been taken. */
export async function expectText(wire: Wire, text: string): Promise<void> {
  await wire.wait(
    `waited for ${JSON.stringify(text)}`,
    () => wire.received.length >= text.length || undefined,
  );
  const got = wire.take(wire.received.length).toString("latin1");
  if (got !== text) throw new Error(`got ${JSON.stringify(got)}, expected ${JSON.stringify(text)}`);
}

/** Sends 48 MB, which has to wait when nothing is read at the other end, and has to arrive whole when it is read then. */
export async function expectPace(
  from: Wire,
  to: Wire,
  meanwhile: () => Promise<void> = async () => {},
): Promise<void> {
  const bytes = Buffer.alloc(48 * 1024 * 1024);
  for (let index = 0; index < bytes.length; index += 4096) bytes.writeUInt32LE(index, index);
  to.socket.pause();
  const sent = sendInPieces(from, bytes);
  await untilSteady("the sender to stand still", () => sent.taken || Number.NaN, 100);
  if (sent.taken >= bytes.length / 2) throw new Error(`${sent.taken} bytes were taken, and nothing was read`);
  await meanwhile();
  const received: Buffer[] = [];
  let count = 0;
  to.socket.removeAllListeners("data");
  to.socket.on("data", (part: Buffer) => {
    received.push(part);
    count += part.length;
  });
  to.socket.resume();
  await until("all bytes", () => count === bytes.length);
  if (!Buffer.concat(received).equals(bytes)) throw new Error("other bytes came than were sent");
}

/** Counts what the system has taken; the sender waits for each piece. */
function sendInPieces({ socket }: Wire, bytes: Buffer): { readonly taken: number } {
  const pieceBytes = 65_536;
  const sent = { taken: 0 };
  const next = () => {
    const piece = bytes.subarray(sent.taken, sent.taken + pieceBytes);
    if (piece.length === 0) return;
    socket.write(piece, () => {
      sent.taken += piece.length;
      next();
    });
  };
  next();
  return sent;
}

/** Targets and relays that end with the test that started them. */
export function tcpUnderTest() {
  const started = stopAfterEach();
  return {
    started,
    async startTarget(greet?: string): Promise<TcpTarget> {
      return started(await TcpTarget.start(greet));
    },
    startRelay(setup: TcpSetup): TcpFixture {
      return started(new TcpFixture(setup));
    },
  };
}
