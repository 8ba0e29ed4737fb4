import { connect, type Socket } from "node:net";
import type { Clock } from "../cluster/clock.ts";
import { Group } from "../cluster/group.ts";
import { Target } from "../cluster/target.ts";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { type ControlConfig, controlSchema } from "../config/control-schema.ts";
import { leastConnections } from "../policy/least-connections.ts";
import { until } from "../testing/until.ts";
import { type ControlServer, startControl } from "./control-server.ts";
import type { OpenPort, PortOpener, PortRequest } from "./port.ts";

/** A port that only remembers what was asked of it. */
export class FakePort implements OpenPort {
  readonly group: Group;
  readonly drained = Promise.withResolvers<void>();
  isDraining = false;
  isStopped = false;

  constructor(
    readonly request: PortRequest,
    private readonly clock: Clock,
  ) {
    this.group = new Group(request.label, [], leastConnections(), clock);
  }

  add({ id, url, weight }: { id: string; url: string; weight: number }): Target {
    const target = new Target(id, url, weight, this.clock.now(), 10_000);
    this.group.add(target);
    return target;
  }

  remove(target: Target): void {
    this.group.remove(target);
  }

  drain(): Promise<void> {
    this.isDraining = true;
    return this.drained.promise;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.drained.resolve();
  }
}

/** For tests: a server's end of a control connection. */
export class ControlClient {
  private text = "";
  private taken = 0;
  isClosed = false;

  private constructor(readonly socket: Socket) {
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => {
      this.text += part;
    });
    socket.on("close", () => {
      this.isClosed = true;
    });
    // A reset is a close as well.
    socket.on("error", () => {});
  }

  static async connect(port: number, localAddress = "127.0.0.1"): Promise<ControlClient> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect({ port, host: "127.0.0.1", localAddress }, resolve);
    socket.once("error", reject);
    const client = new ControlClient(socket);
    await promise;
    return client;
  }

  send(...messages: readonly (object | string | Uint8Array)[]): void {
    for (const message of messages) {
      const isRaw = typeof message === "string" || message instanceof Uint8Array;
      this.socket.write(isRaw ? message : JSON.stringify(message));
    }
  }

  /** The next message of the balancer. */
  async next(): Promise<unknown> {
    return until("a message of the balancer", () => {
      const line = this.text.split("\n").slice(0, -1)[this.taken];
      if (line === undefined) return undefined;
      this.taken++;
      return JSON.parse(line) as object;
    });
  }

  async ask(message: object | string): Promise<unknown> {
    this.send(message);
    return this.next();
  }

  async closed(): Promise<void> {
    await until("the balancer closes the connection", () => this.isClosed);
  }
}

export const successful = { ack: "successful" };
export const hello = { cmd: "hello" };
export const failed = (msg: unknown) => ({ ack: "failed", msg });

export const registering = (port: number, more: object = {}) => ({
  cmd: "register",
  protocol: "tcp",
  port,
  ...more,
});
export const unregistering = (port: number, more: object = {}) => ({
  cmd: "unregister",
  protocol: "tcp",
  port,
  ...more,
});

/** For tests: a control channel on a virtual clock, with ports that are not really opened. */
export class ControlFixture {
  readonly clock = new VirtualClock();
  readonly opened: FakePort[] = [];
  readonly log: string[] = [];
  /** Labels of ports that can't be opened. */
  readonly taken = new Set<string>();
  readonly server: ControlServer;
  private readonly clients: ControlClient[] = [];

  /** `more`: of lb.json's `control`, in its own words. */
  constructor(more: object = {}, openPort?: PortOpener) {
    const config: ControlConfig = controlSchema.parse({
      listen: "127.0.0.1:0",
      bind: "127.0.0.100",
      ...more,
    });
    this.server = startControl({
      clock: this.clock,
      config,
      openPort: openPort ?? ((request) => this.open(request)),
      log: (line) => this.log.push(line),
    });
  }

  async client(localAddress?: string): Promise<ControlClient> {
    const client = await ControlClient.connect(this.server.port, localAddress);
    this.clients.push(client);
    return client;
  }

  /** `tcp/80: i-1 i-2`, for every open port. */
  get states(): string[] {
    return this.server.ports.map(({ protocol, port, servers }) =>
      [`${protocol}/${port}:`, ...[...servers.values()].map(({ target }) => target.id)].join(" "),
    );
  }

  async untilStates(...expected: readonly string[]): Promise<void> {
    await until(`states ${expected.join(", ")}`, () => this.states.join() === expected.join());
  }

  async stop(): Promise<void> {
    await this.server.stop();
    for (const { socket } of this.clients) socket.destroy();
  }

  private async open(request: PortRequest) {
    if (this.taken.has(request.label)) return { ok: false as const, fault: "EADDRINUSE" };
    const port = new FakePort(request, this.clock);
    this.opened.push(port);
    return { ok: true as const, port };
  }
}
