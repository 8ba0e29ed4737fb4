import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import { ByteBuffer } from "../byte-buffer.ts";
import type { Clock, Timer } from "../cluster/clock.ts";
import { type StreamEnd, writeStreamLine } from "./stream-line.ts";

/** What the log takes from a request. */
export interface LoggedRequest {
  /** The client's own address. */
  readonly client: string;
  readonly method: string;
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  /** Undefined when no route took the request. */
  readonly group: string | undefined;
  /** All of the above as {@link encodeRequest} has it, where it is kept because the same request comes again. */
  readonly encoded?: Uint8Array | undefined;
}

/** What a request's line says of the request, as bytes. */
export function encodeRequest(request: LoggedRequest): Uint8Array {
  scratch.clear();
  writeRequest(scratch, request);
  return scratch.copy();
}

const scratch = new ByteBuffer(4096);

function writeRequest(lines: ByteBuffer, { client, method, host, path, group }: LoggedRequest): void {
  lines.latin1('","client":');
  lines.json(client);
  lines.latin1(',"method":');
  lines.json(method);
  lines.latin1(',"host":');
  lines.json(host);
  lines.latin1(',"path":');
  lines.json(path);
  if (group !== undefined) {
    lines.latin1(',"group":');
    lines.json(group);
  }
}

/** What the log takes from how the request was forwarded. */
export interface LoggedExchange {
  /** {@link Clock.now} at the beginning. */
  readonly startedAtMs: number;
  /** Attempts begun. */
  readonly attempts: number;
  /** Content bytes of the answer. */
  readonly bytesReceived: number;
  /** From the last attempt's beginning to its answer. */
  readonly firstByteMs: number | undefined;
  /** What went wrong last. */
  readonly fault: string | undefined;
  /** The last target tried. */
  readonly target: { readonly id: string } | undefined;
}

/** Of a request that no target was asked for. */
export function withoutExchange(startedAtMs: number): LoggedExchange {
  return {
    startedAtMs,
    attempts: 0,
    bytesReceived: 0,
    firstByteMs: undefined,
    fault: undefined,
    target: undefined,
  };
}

const flushMs = 200;
const flushBytes = 65_536;
/** Of usual lines; longer ones make the buffer grow. */
const maxLineBytes = 4096;
/** How long the last lines may take: a reader that has stopped must not hold up the balancer's end. */
const closeMs = 5000;
/** A sink that is this far behind gets no more lines until it has caught up. */
const maxPendingBytes = 16 * 1024 * 1024;

/** One JSON line a request, connection or session; lines are gathered and written in one piece, off the requests' way. */
export class AccessLog {
  /** Lines that were not written because the sink was too slow, or failed. */
  dropped = 0;
  private lines = new ByteBuffer(flushBytes + maxLineBytes);
  /** Written and empty again: so much memory is not made anew several hundred times a second. */
  private spare: ByteBuffer | undefined;
  private lineCount = 0;
  private timer: Timer | undefined;
  /** What to add to the clock for the time of day; taken anew with each flush, as the system's time may be set. */
  private epochOffsetMs: number;
  private formattedAtMs = 0;
  private formattedTime = "";

  constructor(
    private readonly sink: Writable,
    private readonly clock: Clock,
    private readonly onFault: (fault: string) => void,
  ) {
    this.epochOffsetMs = Date.now() - clock.now();
    sink.on("error", (error) => onFault(`access log: ${error.message}`));
  }

  /** One request that is over. `status` as sent; 499 when the client left before its answer was whole. */
  record(request: LoggedRequest, status: number, exchange: LoggedExchange, nowMs = this.clock.now()): void {
    this.append(request, status, exchange, nowMs);
    this.appended();
  }

  /** One TCP connection or UDP session that is over. */
  recordStream(protocol: "tcp" | "udp", group: string, end: StreamEnd): void {
    this.lines.latin1('{"time":"');
    this.lines.latin1(this.time(this.clock.now()));
    writeStreamLine(this.lines, protocol, group, end);
    this.appended();
  }

  /** Resolves when every line is with the system, or when the sink takes no more of them. */
  close(): Promise<void> {
    this.flush();
    return new Promise((resolve) => {
      if (!this.sink.writable) {
        resolve();
        return;
      }
      const timer = this.clock.after(closeMs, resolve);
      const done = () => {
        timer.cancel();
        resolve();
      };
      this.sink.end(done);
    });
  }

  private appended(): void {
    this.lineCount++;
    if (this.lines.length >= flushBytes) this.flush();
    else this.timer ??= this.clock.after(flushMs, this.flush);
  }

  private readonly flush = (): void => {
    this.timer?.cancel();
    this.timer = undefined;
    this.epochOffsetMs = Date.now() - this.clock.now();
    if (this.lineCount === 0) return;
    if (this.sink.writable && this.sink.writableLength <= maxPendingBytes) {
      this.write(this.lines);
    } else {
      if (this.dropped === 0) this.onFault("access log: the sink does not keep up; lines are dropped");
      this.dropped += this.lineCount;
      this.lines.clear();
    }
    this.lineCount = 0;
  };

  private write(lines: ByteBuffer): void {
    this.lines = this.spare ?? new ByteBuffer(flushBytes + maxLineBytes);
    this.spare = undefined;
    this.sink.write(lines.bytes.subarray(0, lines.length), () => {
      lines.clear();
      this.spare = lines;
    });
  }

  private append(request: LoggedRequest, status: number, exchange: LoggedExchange, nowMs: number): void {
    const { lines } = this;
    const { target, firstByteMs, fault } = exchange;
    lines.latin1('{"time":"');
    lines.latin1(this.time(nowMs));
    if (request.encoded === undefined) writeRequest(lines, request);
    else lines.append(request.encoded);
    lines.latin1(',"status":');
    lines.integer(status);
    lines.latin1(',"bytes":');
    lines.integer(exchange.bytesReceived);
    lines.latin1(',"ms":');
    lines.thousandths(nowMs - exchange.startedAtMs);
    lines.latin1(',"attempts":');
    lines.integer(exchange.attempts);
    if (target !== undefined) {
      lines.latin1(',"target":');
      lines.json(target.id);
    }
    if (firstByteMs !== undefined) {
      lines.latin1(',"firstByteMs":');
      lines.thousandths(firstByteMs);
    }
    if (fault !== undefined) {
      lines.latin1(',"fault":');
      lines.json(fault);
    }
    lines.latin1("}\n");
  }

  /** The time of day at `nowMs` of the clock; formatted once a millisecond, for it costs more than the rest of a line. */
  private time(nowMs: number): string {
    const epochMs = Math.floor(this.epochOffsetMs + nowMs);
    if (epochMs !== this.formattedAtMs) {
      this.formattedAtMs = epochMs;
      this.formattedTime = new Date(epochMs).toISOString();
    }
    return this.formattedTime;
  }
}

/** Opens the log that the config names: `stdout`, or a file to append to. */
export function openAccessLog(
  destination: string,
  clock: Clock,
  onFault: (fault: string) => void,
): AccessLog {
  // Bun's process.stdout tells neither how far behind it is nor when it has written all.
  const sink =
    destination === "stdout"
      ? createWriteStream("", { fd: 1, autoClose: false })
      : createWriteStream(destination, { flags: "a" });
  return new AccessLog(sink, clock, onFault);
}
