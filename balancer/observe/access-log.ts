import type { Writable } from "node:stream";
import { ByteBuffer } from "../byte-buffer.ts";
import type { Clock, Timer } from "../cluster/clock.ts";
import type { LineFormat } from "./lines/line-format.ts";
import type { LoggedExchange, LoggedRequest } from "./logged.ts";
import type { StreamEnd } from "./stream-end.ts";

const flushMs = 200;
/** Each piece wakes another thread and is handed through a stream: smaller ones cost a busy balancer half a percent more. */
const flushBytes = 262_144;
/** Of usual lines; longer ones make the buffer grow. */
const maxLineBytes = 4096;
/** How long the last lines may take: a reader that has stopped must not hold up the balancer's end. */
const closeMs = 5000;
/** A sink that has failed, as on a full disk, is opened anew no sooner than this, and only while there are lines for it. */
const recoverMs = 1000;
/** A sink that is this far behind gets no more lines until it has caught up. */
const maxPendingBytes = 16 * 1024 * 1024;

export interface AccessLogOptions {
  readonly sink: Writable;
  /** Opens the sink anew, for a log file that was moved away; throws when it can't. Undefined where that means nothing. */
  readonly reopen: (() => Writable) | undefined;
  readonly format: LineFormat;
  readonly clock: Clock;
  /** Takes lines for people. */
  readonly onFault: (fault: string) => void;
  /** Told of so many lines that were not written because the sink was too slow, or failed. */
  readonly onLost: (lines: number) => void;
}

/** One line a request, connection or session; lines are gathered and written in one piece, off the requests' way. */
export class AccessLog {
  private lines = new ByteBuffer(flushBytes + maxLineBytes);
  /** Written and empty again: so much memory is not made anew several hundred times a second. */
  private spare: ByteBuffer | undefined;
  private lineCount = 0;
  private timer: Timer | undefined;
  private sink: Writable;
  /** Resolves when the sinks before it are done. */
  private retired: Promise<unknown> = Promise.resolve();
  /** What to add to the clock for the time of day; taken anew with each flush, as the system's time may be set. */
  private epochOffsetMs: number;
  /** Lines have been dropped since the sink had last caught up. */
  private isLosing = false;
  /** The sink has failed, which was told, and nothing has been written since. */
  private hasFailed = false;
  private recoverAtMs = 0;

  constructor(private readonly options: AccessLogOptions) {
    const { sink, clock } = options;
    this.epochOffsetMs = Date.now() - clock.now();
    this.sink = sink;
    this.watch(sink);
  }

  /** See {@link LineFormat.hasAgent}. */
  get hasAgent(): boolean {
    return this.options.format.hasAgent;
  }

  /** See {@link LineFormat.encode}. */
  encode(request: LoggedRequest): Uint8Array | undefined {
    return this.options.format.encode(request);
  }

  /** One request that is over, `nowMs` by the clock. */
  record(
    request: LoggedRequest,
    status: number,
    exchange: LoggedExchange,
    nowMs: number,
    traceId?: string,
  ): void {
    const durationMs = nowMs - exchange.startedAtMs;
    this.options.format.request(
      this.lines,
      this.epochMs(nowMs),
      request,
      status,
      exchange,
      durationMs,
      traceId,
    );
    this.appended();
  }

  /** One TCP connection or UDP session that is over. */
  recordStream(protocol: "tcp" | "udp", group: string, end: StreamEnd): void {
    const { format, clock } = this.options;
    format.stream(this.lines, this.epochMs(clock.now()), protocol, group, end);
    this.appended();
  }

  /** Goes on in a new file of the same name; in the old one when that can't be opened. */
  reopen(): void {
    const { reopen, onFault } = this.options;
    if (reopen === undefined) return;
    let next: Writable;
    try {
      next = reopen();
    } catch (error) {
      onFault(`access log: not reopened: ${(error as Error).message}`);
      return;
    }
    this.flush();
    this.retired = Promise.all([this.retired, this.end(this.sink)]);
    this.use(next);
  }

  /** Resolves when every line is with the system, or when the sink takes no more of them. */
  async close(): Promise<void> {
    this.flush();
    await Promise.all([this.retired, this.end(this.sink)]);
  }

  /** Resolves when all that was written is with the system, or after a while in any case. */
  private end(sink: Writable): Promise<void> {
    return new Promise((resolve) => {
      if (!sink.writable) {
        resolve();
        return;
      }
      const timer = this.options.clock.after(closeMs, resolve);
      const done = () => {
        timer.cancel();
        resolve();
      };
      sink.end(done);
    });
  }

  private appended(): void {
    this.lineCount++;
    if (this.lines.length >= flushBytes) this.flush();
    else this.timer ??= this.options.clock.after(flushMs, this.flush);
  }

  private readonly flush = (): void => {
    this.timer?.cancel();
    this.timer = undefined;
    this.epochOffsetMs = Date.now() - this.options.clock.now();
    if (this.lineCount === 0) return;
    if (!this.sink.writable) this.recover();
    if (this.sink.writable && this.sink.writableLength <= maxPendingBytes) this.write(this.lines);
    else this.lose();
    this.lineCount = 0;
  };

  private recover(): void {
    const { reopen, clock } = this.options;
    if (reopen === undefined || clock.now() < this.recoverAtMs) return;
    this.recoverAtMs = clock.now() + recoverMs;
    try {
      this.use(reopen());
    } catch (error) {
      this.fail(error as Error);
    }
  }

  private write(lines: ByteBuffer): void {
    const count = this.lineCount;
    this.lines = this.spare ?? new ByteBuffer(flushBytes + maxLineBytes);
    this.spare = undefined;
    const { sink } = this;
    sink.write(lines.bytes.subarray(0, lines.length), (error) => {
      if (error != null) this.options.onLost(count);
      else this.hasWritten(sink);
      lines.clear();
      this.spare = lines;
    });
  }

  private hasWritten(sink: Writable): void {
    if (sink.writableLength === 0) this.isLosing = false;
    if (this.hasFailed) this.options.onFault("access log: lines are written again");
    this.hasFailed = false;
  }

  private lose(): void {
    const { onFault, onLost } = this.options;
    // Of a sink that has failed its error says why.
    if (!this.isLosing && this.sink.writable)
      onFault("access log: the sink does not keep up; lines are dropped");
    this.isLosing = true;
    onLost(this.lineCount);
    this.lines.clear();
  }

  private use(sink: Writable): void {
    this.sink = sink;
    this.watch(sink);
  }

  private watch(sink: Writable): void {
    sink.on("error", (error) => this.fail(error));
  }

  /** Told once, however often it is tried again. */
  private fail(error: Error): void {
    if (!this.hasFailed) this.options.onFault(`access log: ${error.message}`);
    this.hasFailed = true;
  }

  private epochMs(nowMs: number): number {
    return Math.floor(this.epochOffsetMs + nowMs);
  }
}
