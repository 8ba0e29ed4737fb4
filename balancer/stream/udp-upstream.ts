import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { Attempt, Outcome } from "../cluster/attempt.ts";
import { type TargetAddress, targetAddress } from "../target-address.ts";
import {
  type ConnectDatagrams,
  type ConnectedDatagrams,
  connectDatagrams,
  type DatagramReader,
} from "./connected-datagrams.ts";
import { type SendLoss, sendAll, sendOne, socketErrorCode } from "./udp-send.ts";

/** Datagrams that wait for the socket, at most: opening takes no time unless the target's name has to be looked up. */
const mostWaiting = 16;
/** What says that nobody is there: ICMP port, host or network unreachable. */
const refusals = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN"]);
/** What says that this machine has no more to give. */
const shortages = new Set([
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "EADDRINUSE",
  "EADDRNOTAVAIL",
  "EAGAIN",
  "ENOSPC",
]);

/** Why a datagram for a target was dropped. */
export type UpstreamLoss = SendLoss | "opening" | "noSocket";

/** Whose upstreams they are. */
export interface UpstreamOwner<Session> {
  onReply(session: Session, upstream: UdpUpstream<Session>, bytes: Uint8Array): void;
  /** The target is not there; no reply will come. */
  onRefused(session: Session, upstream: UdpUpstream<Session>): void;
  /** No socket could be had on this machine. */
  onShortage(session: Session): void;
  lost(reason: UpstreamLoss, datagrams: number): void;
}

/** A session's way to one target: a connected socket of its own, so that the target sees every client as a peer. */
export class UdpUpstream<Session> implements DatagramReader {
  /** {@link Clock.now} at the first and the last reply; undefined while there is none. */
  firstReplyAtMs: number | undefined;
  lastReplyAtMs: number | undefined;
  private socket: ConnectedDatagrams | undefined;
  private waiting: Buffer[] = [];
  /** What becomes of those that still wait at the end. */
  private whyWaiting: UpstreamLoss = "opening";
  private isClosed = false;

  constructor(
    readonly attempt: Attempt,
    private readonly session: Session,
    private readonly owner: UpstreamOwner<Session>,
    private readonly connect: ConnectDatagrams = connectDatagrams,
  ) {
    void this.open(targetAddress(attempt.target.url));
  }

  /** Sends in order, once the socket is open; the list is the caller's again afterwards. */
  send(datagrams: Buffer[]): void {
    const { socket, waiting, owner } = this;
    if (socket !== undefined) {
      const [first] = datagrams;
      if (datagrams.length === 1 && first !== undefined) sendOne(first, socket, owner);
      else sendAll(datagrams, 1, socket, owner);
      return;
    }
    const taken = datagrams.slice(0, Math.max(0, mostWaiting - waiting.length));
    waiting.push(...taken);
    if (taken.length < datagrams.length) owner.lost("opening", datagrams.length - taken.length);
  }

  /** A reply has come. */
  replied(nowMs: number): void {
    this.firstReplyAtMs ??= nowMs;
    this.lastReplyAtMs = nowMs;
  }

  /** How the attempt ends when nothing went wrong: without a reply nothing is known of the target. */
  get outcome(): Outcome {
    const { firstReplyAtMs, lastReplyAtMs, attempt } = this;
    if (firstReplyAtMs === undefined || lastReplyAtMs === undefined) return { kind: "cancelled" };
    return {
      kind: "answered",
      status: 200,
      firstByteMs: firstReplyAtMs - attempt.startedAtMs,
      completeMs: lastReplyAtMs - attempt.startedAtMs,
    };
  }

  /** How it ends when the target turned out not to be there. */
  get refusal(): Outcome {
    return this.firstReplyAtMs === undefined
      ? { kind: "failed", reason: "connect", sent: false }
      : { kind: "failed", reason: "reset", sent: true };
  }

  close(): void {
    this.isClosed = true;
    this.socket?.close();
    if (this.waiting.length > 0) this.owner.lost(this.whyWaiting, this.waiting.length);
  }

  /** Of the socket, for as long as it is open. */
  onDatagram(bytes: Uint8Array): void {
    this.owner.onReply(this.session, this, bytes);
  }

  /** Anything but a refusal is about one datagram alone, such as one too long for the path. */
  onError(code: string): void {
    if (refusals.has(code)) this.owner.onRefused(this.session, this);
  }

  private async open({ hostname, port }: TargetAddress): Promise<void> {
    try {
      const address = isIP(hostname) === 0 ? (await lookup(hostname)).address : hostname;
      const opening = this.connect(address, port, this);
      const socket = opening instanceof Promise ? await opening : opening;
      if (this.isClosed) socket.close();
      else this.opened(socket);
    } catch (error) {
      // What goes wrong at once must not reach the owner before it has the upstream.
      await Promise.resolve();
      this.failedToOpen(error);
    }
  }

  private failedToOpen(error: unknown): void {
    const code = socketErrorCode(error);
    if (code === undefined) throw error;
    if (this.isClosed) return;
    if (!shortages.has(code)) {
      this.owner.onRefused(this.session, this);
      return;
    }
    this.whyWaiting = "noSocket";
    this.owner.onShortage(this.session);
  }

  private opened(socket: ConnectedDatagrams): void {
    this.socket = socket;
    const { waiting } = this;
    this.waiting = [];
    this.send(waiting);
  }
}
