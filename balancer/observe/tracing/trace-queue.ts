import type { Clock } from "../../cluster/clock.ts";
import type { SendRecords } from "./otlp-sender.ts";
import type { TraceRecord } from "./tracer.ts";

/** Records that wait for a collector that is slow or away; further ones are lost. */
const maxWaiting = 8192;
const maxBatch = 512;
/** How long the last batches may take when the balancer ends. */
const closeMs = 3000;

export interface TraceQueueOptions {
  readonly send: SendRecords;
  readonly clock: Clock;
  /** Told why the collector takes nothing, once until it has been back. */
  readonly onFailing: (reason: string) => void;
  /** Told of so many requests whose spans the collector has taken, or will not get. */
  readonly onSent: (records: number) => void;
  readonly onLost: (records: number) => void;
}

/** What waits for the collector, of all threads; one batch is on its way at a time. */
export class TraceQueue {
  private waiting: TraceRecord[] = [];
  private sending: Promise<void> | undefined;
  private onItsWay = 0;
  private isFailing = false;
  private isClosed = false;

  constructor(private readonly options: TraceQueueOptions) {}

  add(records: readonly TraceRecord[]): void {
    const room = this.isClosed ? 0 : maxWaiting - this.waiting.length;
    this.lose(records.length - room);
    this.waiting.push(...records.slice(0, room));
    if (this.waiting.length > 0) this.sending ??= this.sendAll();
  }

  /** Resolves when all is sent, or after a while in any case. */
  async close(): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = this.options.clock.after(closeMs, late.resolve);
    await Promise.race([this.sending, late.promise]);
    timer.cancel();
    this.isClosed = true;
    this.lose(this.onItsWay + this.waiting.splice(0).length);
  }

  private async sendAll(): Promise<void> {
    while (this.waiting.length > 0) await this.send(this.waiting.splice(0, maxBatch));
    this.sending = undefined;
  }

  private async send(records: readonly TraceRecord[]): Promise<void> {
    const { send, onSent, onFailing } = this.options;
    this.onItsWay = records.length;
    const fault = await send(records);
    // Counted as lost already.
    if (this.isClosed) return;
    this.onItsWay = 0;
    if (fault === undefined) onSent(records.length);
    else this.lose(records.length);
    if (fault !== undefined && !this.isFailing) onFailing(fault);
    this.isFailing = fault !== undefined;
  }

  private lose(records: number): void {
    if (records > 0) this.options.onLost(records);
  }
}
