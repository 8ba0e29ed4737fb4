import { ByteBuffer } from "../../byte-buffer.ts";
import type { FailureReason } from "../../cluster/attempt.ts";
import type { Clock } from "../../cluster/clock.ts";
import { hostPort } from "../../host-port.ts";
import { Deadline, Deadlines } from "../../transport/deadlines.ts";
import type { StreamSocket } from "../../transport/stream-socket.ts";
import type { ResponseHead } from "../message/response-head.ts";
import type { ConnectionOwner, UpstreamConnection } from "../upstream/connection.ts";
import type { ConnectionUser } from "../upstream/connection-user.ts";
import { type Dialer, dial } from "../upstream/dial.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import { HeadMemo } from "../upstream/head-memo.ts";
import type { Pool, Waiter } from "../upstream/pool.ts";

export type ProbeResult =
  | {
      readonly kind: "answered";
      readonly head: ResponseHead;
      /** From the request's last byte to the answer's first: without the time to connect. */
      readonly latencyMs: number;
      /** The beginning of the body, as text. */
      readonly text: string;
    }
  /** `isUnreachable`: not even a connection. */
  | { readonly kind: "failed"; readonly fault: string; readonly isUnreachable?: boolean };

const maxTextBytes = 4096;

/** Where each probe's request is put together just before it is sent. */
const request = new ByteBuffer(512);

/** Asks targets how they are. */
export class Prober {
  private readonly deadlines: Deadlines;

  constructor(
    private readonly clock: Clock,
    timeoutMs: number,
  ) {
    this.deadlines = new Deadlines(clock, timeoutMs);
  }

  /**
   * GETs `path`; `done` is called once, at the latest when the timeout is over twice. Without a `pool`
   * on a connection of its own: a target that accepts none is down, whatever it still answers.
   */
  get(endpoint: Endpoint, pool: Pool | undefined, path: string, done: (result: ProbeResult) => void): void {
    const probe = new Probe(endpoint, pool, path, this.clock, this.deadlines, done);
    if (pool === undefined) dial(endpoint, probe, this.deadlines, probe);
    else pool.acquire(probe);
  }

  /** Only connects. */
  connect(endpoint: Endpoint, done: (fault: string | undefined) => void): void {
    const { clock } = this;
    const heads = new HeadMemo();
    const owner: ConnectionOwner = { clock, heads, release: () => {}, leftIdle: () => {}, closed: () => {} };
    dial(endpoint, owner, this.deadlines, {
      connected(connection) {
        connection.close();
        done(undefined);
      },
      refused: done,
      noFileLeft: () => done(noFile),
    });
  }
}

const noFile = "the balancer has no open file left";

class Probe implements Dialer, Waiter, ConnectionOwner, ConnectionUser {
  readonly heads = new HeadMemo();
  readonly deadline = new Deadline();
  readonly canResend = true;
  private connection: UpstreamConnection | undefined;
  private head: ResponseHead | undefined;
  private sentAtMs = 0;
  private latencyMs = 0;
  private text = "";

  constructor(
    private readonly endpoint: Endpoint,
    private readonly pool: Pool | undefined,
    private readonly path: string,
    readonly clock: Clock,
    private readonly deadlines: Deadlines,
    private readonly done: (result: ProbeResult) => void,
  ) {}

  connected(connection: UpstreamConnection): void {
    this.onConnection(connection);
  }

  onConnection(connection: UpstreamConnection): void {
    this.connection = connection;
    const { hostname, port } = this.endpoint;
    const host = hostPort(hostname, port);
    const close = this.pool === undefined ? "connection: close\r\n" : "";
    request.clear();
    request.latin1(`GET ${this.path} HTTP/1.1\r\nhost: ${host}\r\nuser-agent: ballast-probe\r\n${close}\r\n`);
    this.sentAtMs = this.clock.now();
    this.deadlines.add(this);
    if (!connection.begin(this, "GET", request.bytes, request.length, false))
      this.onBroken("reset", "closed before the request");
  }

  refused(fault: string): void {
    this.onRefused(fault);
  }

  noFileLeft(): void {
    this.onRefused(noFile);
  }

  onRefused(fault: string): void {
    this.done({ kind: "failed", fault: `connect: ${fault}`, isUnreachable: true });
  }

  onQueueFull(): void {
    this.done({ kind: "failed", fault: "all connections are in use" });
  }

  expire(): void {
    if (this.connection === undefined) this.pool?.withdraw(this);
    else this.connection.abort();
    this.done({ kind: "failed", fault: "no answer in time" });
  }

  onInterim(): void {}

  onTrailers(): void {}

  onHead(head: ResponseHead, nowMs: number): void {
    this.head = head;
    this.latencyMs = nowMs - this.sentAtMs;
  }

  onBody(bytes: Uint8Array, from: number, to: number): void {
    if (this.text.length >= maxTextBytes) return;
    this.text += Buffer.from(bytes.subarray(from, to)).toString("latin1", 0, maxTextBytes);
  }

  onEnd(): void {
    this.deadline.cancel(this);
    if (this.head === undefined) throw new Error("an answer cannot be whole without a head");
    this.done({ kind: "answered", head: this.head, latencyMs: this.latencyMs, text: this.text });
  }

  onBroken(reason: FailureReason, fault: string): void {
    this.deadline.cancel(this);
    this.done({ kind: "failed", fault: `${reason}: ${fault}` });
  }

  onSwitched(socket: StreamSocket): void {
    socket.terminate();
    this.onBroken("protocol", "101 to a probe");
  }

  onMoreToCome(): void {}

  onWritable(): void {}

  // The connection asked to be closed; the target may keep it open all the same.
  release(connection: UpstreamConnection): void {
    connection.close();
  }

  closed(): void {}

  leftIdle(): void {}
}
