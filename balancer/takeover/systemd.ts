import { ptr } from "bun:ffi";
import { libc } from "../sockets/libc.ts";
import { closeOnExec, sockDatagram } from "../sockets/socket-options.ts";

const afUnix = 1;
const clockMonotonic = 1;

/**
 * Tells systemd how this process is (`sd_notify(3)`), where it asks by `NOTIFY_SOCKET`: lines such as `READY=1`. What can't be
 * told is not: serving does not depend on it.
 */
export function notifySystemd(...lines: readonly string[]): void {
  const path = process.env.NOTIFY_SOCKET;
  if (path === undefined || process.platform !== "linux") return;
  const socket = libc().socket(afUnix, sockDatagram | closeOnExec, 0);
  if (socket < 0) return;
  const message = Buffer.from(lines.join("\n"));
  const address = unixAddress(path);
  libc().sendto(socket, ptr(message), message.length, 0, ptr(address), address.length);
  libc().close(socket);
}

/** The system's monotonic clock, as a reload has to tell it; Bun's own clocks count from the start of the process. */
export function monotonicLine(): string {
  const time = new BigInt64Array(2);
  if (process.platform === "linux") libc().clock_gettime(clockMonotonic, ptr(time));
  const [seconds = 0n, nanoseconds = 0n] = time;
  return `MONOTONIC_USEC=${seconds * 1_000_000n + nanoseconds / 1000n}`;
}

/** An `@` stands for the zero byte of an abstract address (unix(7)). */
function unixAddress(path: string): Buffer {
  const name = path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`;
  return Buffer.concat([Buffer.from([afUnix, 0]), Buffer.from(name)]);
}
