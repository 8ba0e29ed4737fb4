import { connect, type Socket } from "node:net";
import type { Protocol } from "../command-line.ts";
import type { Random } from "../machine/random.ts";
import type { Scheduler } from "../machine/scheduler.ts";
import type { Address } from "../options.ts";
import { backOffMs } from "./back-off.ts";
import { ObjectReader } from "./object-reader.ts";

export interface RegistrationOptions {
  /** The balancer's control channel. */
  readonly balancer: Address;
  readonly protocol: Protocol;
  /** Where this server listens; the balancer looks for it at the address that it is called from. */
  readonly host: string;
  readonly port: number;
  /** Name among the servers of the port; left to the balancer when undefined. */
  readonly id: string | undefined;
  readonly token: string | undefined;
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
}

/** How long a balancer may take to confirm that it sends no more clients. */
const farewellMs = 1000;
/** After so long without a word the system asks whether the balancer is still there. */
const keepAliveMs = 10_000;

/** Keeps a server registered with a balancer: answers its hellos, and comes back when it was away. */
export class Registration {
  private readonly address: string;
  private socket: Socket | undefined;
  private isRegistered = false;
  private failuresInRow = 0;
  private cancelRetry: (() => void) | undefined;
  private farewell: PromiseWithResolvers<void> | undefined;

  constructor(private readonly options: RegistrationOptions) {
    const { host, port } = options.balancer;
    this.address = `${host}:${port}`;
    this.connect();
  }

  /** Resolves when the balancer sends no more clients, or doesn't answer. */
  async stop(): Promise<void> {
    this.farewell = Promise.withResolvers<void>();
    this.cancelRetry?.();
    if (this.isRegistered) {
      const cancel = this.options.scheduler.after(farewellMs, this.farewell.resolve);
      this.send({ cmd: "unregister", ...this.port });
      await this.farewell.promise;
      cancel();
    }
    this.socket?.destroy();
  }

  private get port() {
    const { protocol, port } = this.options;
    return { protocol, port };
  }

  private connect(): void {
    const { balancer, host, id, token } = this.options;
    // Its own address when it listens on that alone: there the balancer looks for it.
    const localAddress = isWildcard(host) ? undefined : host;
    const reader = new ObjectReader();
    const socket = connect({ ...balancer, ...(localAddress !== undefined && { localAddress }) });
    this.socket = socket;
    let fault = "the connection was closed";
    socket.setEncoding("utf8");
    socket.setKeepAlive(true, keepAliveMs);
    socket.on("connect", () =>
      this.send({
        cmd: "register",
        ...this.port,
        ...(id !== undefined && { id }),
        ...(token !== undefined && { token }),
      }),
    );
    socket.on("data", (part: string) => reader.push(part, (text) => this.take(text)));
    socket.on("error", (error) => {
      fault = error.message;
    });
    socket.on("close", () => this.lost(fault));
  }

  private take(text: string): void {
    const message = parse(text);
    if (message?.cmd === "hello") this.send({ ack: "hello" });
    else if (message?.ack === "successful") this.acknowledged();
    else if (message?.ack === "failed") this.refused(String(message.msg));
    else this.options.log(`${this.address}: expected {"cmd":"hello"} or an ack, found ${text}`);
  }

  private acknowledged(): void {
    if (this.farewell !== undefined) {
      this.farewell.resolve();
      return;
    }
    this.isRegistered = true;
    this.failuresInRow = 0;
    const { protocol, port } = this.options;
    this.options.log(`registered with ${this.address} for ${protocol} port ${port}`);
  }

  private refused(reason: string): void {
    this.options.log(`${this.address} refuses: ${reason}`);
    this.socket?.end();
  }

  private lost(fault: string): void {
    this.isRegistered = false;
    if (this.farewell !== undefined) {
      this.farewell.resolve();
      return;
    }
    const { scheduler, random, log } = this.options;
    const delayMs = backOffMs(this.failuresInRow++, random);
    log(`not registered with ${this.address}: ${fault}; next try in ${Math.round(delayMs)} ms`);
    this.cancelRetry = scheduler.after(delayMs, () => this.connect());
  }

  private send(message: object): void {
    this.socket?.write(`${JSON.stringify(message)}\n`);
  }
}

/** Undefined when it is no JSON. */
function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
