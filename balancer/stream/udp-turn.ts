import type { Clock } from "../cluster/clock.ts";
import { afterLook } from "../sockets/readiness.ts";
import { type LossListener, type SendingSocket, sendAll } from "./udp-send.ts";

/** Where datagrams for a target go. */
export interface RowSender {
  /** The list is the caller's again afterwards. */
  send(datagrams: Buffer[]): void;
}

/** Datagram, port and address. */
type ReplyItem = Uint8Array | number | string;

const replyWidth = 3;
/** Replies that are sent in one call. */
const mostReplies = 512;

/**
 * What one turn of the event loop brings in, or one look at the sockets to targets, leaves at its end, in few system calls:
 * replies to all clients in one, and what one client has sent in a row in another. The clock is looked at once.
 */
export class UdpTurn implements LossListener {
  /** {@link Clock.now} when the present turn began, or else the last. */
  atMs = 0;
  repliesSent = 0;
  private isOpen = false;
  private readonly replies: ReplyItem[] = [];
  private readonly row: Buffer[] = [];
  private rowFor: RowSender | undefined;

  constructor(
    /** Of the listener. */
    private readonly socket: SendingSocket<ReplyItem>,
    private readonly clock: Clock,
    private readonly losses: LossListener,
  ) {}

  /** To be called for all that comes. */
  begin(): void {
    if (this.isOpen) return;
    this.isOpen = true;
    this.atMs = this.clock.now();
    if (!afterLook(this.end)) setImmediate(this.end);
  }

  /** Sends at once what is still to be sent. */
  readonly end = (): void => {
    this.isOpen = false;
    this.sendRow();
    this.sendReplies();
  };

  /** To a target. */
  send(sender: RowSender, bytes: Buffer): void {
    if (sender !== this.rowFor) {
      this.sendRow();
      this.rowFor = sender;
    }
    this.row.push(bytes);
  }

  /** To a client. */
  reply(bytes: Uint8Array, port: number, address: string): void {
    this.replies.push(bytes, port, address);
    if (this.replies.length >= mostReplies * replyWidth) this.sendReplies();
  }

  /** This one will take nothing more: what it is still to be given goes now. */
  flush(sender: RowSender): void {
    if (sender === this.rowFor) this.sendRow();
  }

  /** Replies that were not sent. */
  lost(...[reason, datagrams]: Parameters<LossListener["lost"]>): void {
    this.repliesSent -= datagrams;
    this.losses.lost(reason, datagrams);
  }

  private sendRow(): void {
    const { row, rowFor } = this;
    if (rowFor === undefined) return;
    this.rowFor = undefined;
    rowFor.send(row);
    row.length = 0;
  }

  private sendReplies(): void {
    const { replies, socket } = this;
    if (replies.length === 0) return;
    this.repliesSent += replies.length / replyWidth;
    sendAll(replies, replyWidth, socket, this);
    replies.length = 0;
  }
}
