import { createWriteStream, openSync } from "node:fs";
import type { Writable } from "node:stream";
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
  return createWriteStream("", { fd: 1, autoClose: false });
}

function lineFormat(format: AccessLogConfig["format"]): LineFormat {
  return format === "json" ? new JsonLines() : new CommonLines(format === "combined");
}
