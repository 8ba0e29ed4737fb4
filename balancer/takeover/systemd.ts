import { ptr } from "bun:ffi";
import { libc } from "../sockets/libc.ts";

const afUnix = 1;
const sockDatagram = 2;
const closeOnExec = 0o2_000_000;

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

/** Of the monotonic clock, as a reload has to say. */
export function monotonicLine(): string {
  return `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`;
}

/** An `@` stands for the zero byte of an abstract address (unix(7)). */
function unixAddress(path: string): Buffer {
  return Buffer.concat(
    [Uint16Array.of(afUnix), Buffer.from(path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`)].map(
      (part) => new Uint8Array(part.buffer, part.byteOffset, part.byteLength),
    ),
  );
}
