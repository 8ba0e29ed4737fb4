import { createWriteStream, openSync } from "node:fs";
import { Writable } from "node:stream";
import type { Clock } from "../cluster/clock.ts";
import type { AccessLogConfig } from "../config/access-log-schema.ts";
import { AccessLog } from "./access-log.ts";
import { CommonLines } from "./lines/common-lines.ts";
import { JsonLines } from "./lines/json-lines.ts";
import type { LineFormat } from "./lines/line-format.ts";

export interface OpenAccessLogOptions {
  readonly config: AccessLogConfig;
  /** Where lines for stdout go. */
  readonly stdout: () => Writable;
  readonly clock: Clock;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** See {@link AccessLog}. */
  readonly onLost: (lines: number) => void;
}

/** Opens the log that the config names: `stdout`, or a file to append to. */
export function openAccessLog({ config, stdout, clock, log, onLost }: OpenAccessLogOptions): AccessLog {
  const { file } = config;
  const isStdout = file === "stdout";
  return new AccessLog({
    sink: isStdout ? stdout() : createWriteStream(file, { flags: "a" }),
    reopen: isStdout ? undefined : () => createWriteStream(file, { fd: openSync(file, "a") }),
    format: lineFormat(config.format),
    clock,
    onFault: log,
    onLost,
  });
}

/** The process's stdout. Bun's process.stdout tells neither how far behind it is nor when it has written all. */
export function openStdout(): Writable {
  const stdout = createWriteStream("", { fd: 1, autoClose: false });
  // Whoever writes is told of it too; without a listener it would end the process.
  return stdout.on("error", () => {});
}

/**
 * A way to a sink that others write to as well, and that is none of its owner's to end: it has ended when its own bytes are
 * written. What goes wrong is told to whoever wrote.
 */
export function shareOf(sink: Writable): Writable {
  return new Writable({
    write: (bytes: Uint8Array, _encoding, callback) => void sink.write(bytes, callback),
  });
}

function lineFormat(format: AccessLogConfig["format"]): LineFormat {
  return format === "json" ? new JsonLines() : new CommonLines(format === "combined");
}
