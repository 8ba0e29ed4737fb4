import type { Socket } from "bun";
import type { Timer } from "../cluster/clock.ts";
import type { ControlConfig } from "../config/control-schema.ts";
import { type AccessRules, isRightToken } from "./access.ts";
import { type HelloContext, type HelloOwner, Hellos } from "./hellos.ts";
import { type Reply, readMessage } from "./message.ts";
import { ObjectScanner, type Scanned } from "./object-scanner.ts";
import type { Holder } from "./registered.ts";
import type { Registry } from "./registry.ts";

/** Of one object that a server sends. */
const maxObjectBytes = 65_536;
/** Of replies that a server leaves unread. */
const maxUnsentBytes = 65_536;

export interface ConnectionContext extends HelloContext {
  readonly rules: AccessRules & Pick<ControlConfig, "hello" | "timeout" | "registerTimeout">;
  readonly registry: Registry;
  /** Whether servers of this address may register. */
  readonly isAllowed: (address: string) => boolean;
  /** Called once, when it is over. */
  readonly onOver: (connection: ControlConnection) => void;
}

/**
 * A server's connection: its messages are answered in their order, it is asked by hello whether it is there, and when it
 * is over all that it has registered is taken out.
 */
export class ControlConnection implements Holder, HelloOwner {
  readonly isStandIn = false;
  private readonly scanner = new ObjectScanner(maxObjectBytes);
  private readonly waiting: Scanned[] = [];
  private isWorking = false;
  private hasEnded = false;
  private isOver = false;
  private unsent: Buffer = Buffer.alloc(0);
  private readonly hellos: Hellos;
  /** Runs while nothing is registered. */
  private silenceTimer: Timer | undefined;

  constructor(
    private readonly socket: Socket<ControlConnection | undefined>,
    readonly address: string,
    private readonly context: ConnectionContext,
  ) {
    this.hellos = new Hellos(context, this);
    this.startSilence();
  }

  onData(bytes: Uint8Array): void {
    if (this.isOver) return;
    this.scanner.push(bytes, (scanned) => this.waiting.push(scanned));
    if (!this.isWorking) void this.work();
  }

  onDrain(): void {
    const { unsent } = this;
    this.unsent = Buffer.alloc(0);
    if (unsent.length > 0) this.write(unsent);
  }

  /** The server sends no more; what it has sent is still answered. */
  onEnd(): void {
    this.hasEnded = true;
    if (!this.isWorking) this.close("connection closed");
  }

  onClose(): void {
    this.close("connection closed");
  }

  /** The times of other rules hold, also for what is waited for already. */
  retime(): void {
    this.hellos.retime();
  }

  sendHello(): void {
    this.send({ cmd: "hello" });
  }

  onUnanswered(timeoutMs: number): void {
    this.close(`hello unanswered for ${timeoutMs} ms`);
  }

  /** Says why if there is somebody to hear it, and takes out what is registered. */
  close(why: string, reply?: Reply): void {
    if (this.isOver) return;
    if (reply !== undefined) this.send(reply);
    this.isOver = true;
    this.hellos.stop();
    this.silenceTimer?.cancel();
    this.socket.end();
    this.context.onOver(this);
    void this.context.registry.release(this, why);
  }

  private async work(): Promise<void> {
    this.isWorking = true;
    // A server that sends more than is answered has to wait.
    this.socket.pause();
    for (let next = this.waiting.shift(); next !== undefined && !this.isOver; next = this.waiting.shift()) {
      const reply = await this.answer(next);
      if (!this.isOver && reply !== undefined) this.send(reply);
    }
    this.isWorking = false;
    if (this.isOver) return;
    if (this.hasEnded) this.close("connection closed");
    else this.socket.resume();
  }

  private async answer(scanned: Scanned): Promise<Reply | undefined> {
    if (scanned.kind === "fault") return { ack: "failed", msg: scanned.fault };
    const read = readMessage(scanned.text);
    if (!read.ok) return { ack: "failed", msg: read.fault };
    const { message } = read;
    const { registry } = this.context;
    if (message.kind === "hello") {
      const roundTripMs = this.hellos.answered();
      if (roundTripMs !== undefined) registry.recordHello(this, roundTripMs);
      return undefined;
    }
    if (message.kind === "unregister") return this.acknowledge(await registry.unregister(this, message.name));
    const { registration } = message;
    if (!this.context.isAllowed(this.address))
      return {
        ack: "failed",
        msg: `found a registration from ${this.address}, expected one from a network that may register`,
      };
    if (!isRightToken(registration.token, this.context.rules))
      return {
        ack: "failed",
        msg: `token: found ${registration.token === undefined ? "none" : "a wrong one"}, expected the configured one`,
      };
    return this.acknowledge(await registry.register(this, registration));
  }

  private acknowledge(fault: string | undefined): Reply {
    if (!this.isOver) this.watch();
    return fault === undefined ? { ack: "successful" } : { ack: "failed", msg: fault };
  }

  /** Says hello as long as something is registered, and bears only so much silence otherwise. */
  private watch(): void {
    if (this.context.registry.countOf(this) === 0) {
      this.hellos.stop();
      if (this.silenceTimer === undefined) this.startSilence();
      return;
    }
    this.silenceTimer?.cancel();
    this.silenceTimer = undefined;
    this.hellos.start();
  }

  private startSilence(): void {
    const { clock, rules } = this.context;
    const fault = `found nothing registered for ${rules.registerTimeout} ms, expected a registration`;
    this.silenceTimer = clock.after(rules.registerTimeout, () =>
      this.close("nothing registered", { ack: "failed", msg: fault }),
    );
  }

  private send(reply: Reply): void {
    const bytes = Buffer.from(`${JSON.stringify(reply)}\n`);
    if (this.unsent.length === 0) this.write(bytes);
    else if (this.unsent.length + bytes.length <= maxUnsentBytes)
      this.unsent = Buffer.concat([this.unsent, bytes]);
    else this.close("replies unread");
  }

  private write(bytes: Buffer): void {
    const written = Math.max(0, this.socket.write(bytes));
    this.unsent = bytes.subarray(written);
  }
}
