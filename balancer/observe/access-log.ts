import { createWriteStream } from "node:fs";
import type { Writable } from "node:stream";
import type { Clock, Timer } from "../cluster/clock.ts";

/** What the log takes from an exchange. */
interface LoggedExchange {
  readonly startedAtMs: number;
  readonly attempts: number;
  readonly bytesReceived: number;
  readonly firstByteMs: number | undefined;
  readonly fault: string | undefined;
  readonly target: { readonly id: string } | undefined;
}

/** One request, when it is over. */
export interface AccessEntry {
  /** The client's own address; by a trusted proxy's word it may be any text. */
  readonly client: string;
  readonly method: string;
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  /** As sent; 499 when the client left before its answer was whole. */
  readonly status: number;
  readonly group: string;
  readonly exchange: LoggedExchange;
}

const flushMs = 200;
const flushBytes = 65_536;
/** A sink that is this far behind gets no more lines until it has caught up. */
const maxPendingBytes = 16 * 1024 * 1024;

/** One JSON line a request; lines are gathered and written in one piece, off the requests' way. */
export class AccessLog {
  /** Lines that were not written because the sink was too slow, or failed. */
  dropped = 0;
  private lines = "";
  private timer: Timer | undefined;
  private formattedAtMs = 0;
  private formattedTime = "";

  constructor(
    private readonly sink: Writable,
    private readonly clock: Clock,
    private readonly onFault: (fault: string) => void,
  ) {
    sink.on("error", (error) => onFault(`access log: ${error.message}`));
  }

  record(entry: AccessEntry): void {
    if (this.sink.writableLength > maxPendingBytes || !this.sink.writable) {
      if (this.dropped++ === 0) this.onFault("access log: the sink does not keep up; lines are dropped");
      return;
    }
    this.lines += this.format(entry);
    if (this.lines.length >= flushBytes) this.flush();
    else this.timer ??= this.clock.after(flushMs, this.flush);
  }

  /** Resolves when every line is with the system. */
  close(): Promise<void> {
    this.flush();
    return new Promise((resolve) => {
      if (this.sink === process.stdout || !this.sink.writable) resolve();
      else this.sink.end(resolve);
    });
  }

  private readonly flush = (): void => {
    this.timer?.cancel();
    this.timer = undefined;
    if (this.lines === "" || !this.sink.writable) return;
    this.sink.write(this.lines);
    this.lines = "";
  };

  private format({ client, method, host, path, status, group, exchange }: AccessEntry): string {
    const { target, attempts, bytesReceived, firstByteMs, fault, startedAtMs } = exchange;
    const ms = decimal(this.clock.now() - startedAtMs);
    let line = `{"time":"${this.time()}","client":${quoted(client)},"method":"${method}","host":${quoted(host)},"path":${quoted(path)},"status":${status},"bytes":${bytesReceived},"ms":${ms},"group":${quoted(group)},"attempts":${attempts}`;
    if (target !== undefined) line += `,"target":${quoted(target.id)}`;
    if (firstByteMs !== undefined) line += `,"firstByteMs":${decimal(firstByteMs)}`;
    if (fault !== undefined) line += `,"fault":${quoted(fault)}`;
    return `${line}}\n`;
  }

  /** Formatting a date costs more than the rest of a line: once a millisecond is enough. */
  private time(): string {
    const nowMs = Date.now();
    if (nowMs !== this.formattedAtMs) {
      this.formattedAtMs = nowMs;
      this.formattedTime = new Date(nowMs).toISOString();
    }
    return this.formattedTime;
  }
}

/** Needs no escape in JSON, as nearly all texts of a log; the test is much cheaper than the escaping. */
const plain = /^[ !#-[\]-~]*$/;

const quoted = (text: string) => (plain.test(text) ? `"${text}"` : JSON.stringify(text));

/** Milliseconds with three decimals, from two whole numbers: formatting a fraction costs several times as much. */
function decimal(ms: number): string {
  const us = Math.round(ms * 1000);
  const rest = us % 1000;
  return `${(us - rest) / 1000}.${rest < 10 ? "00" : rest < 100 ? "0" : ""}${rest}`;
}

/** Opens the log that the config names: `stdout`, or a file to append to. */
export function openAccessLog(
  destination: string,
  clock: Clock,
  onFault: (fault: string) => void,
): AccessLog {
  const sink = destination === "stdout" ? process.stdout : createWriteStream(destination, { flags: "a" });
  return new AccessLog(sink, clock, onFault);
}
