import { ptr } from "bun:ffi";
import { writeSync } from "node:fs";
import { libc } from "../sockets/libc.ts";

const closeOnExec = 1;

/**
 * A descriptor of a file without a name that holds the text, to be read from its beginning: what one process tells another may
 * be longer than a variable may be, and is nobody else's to read. Throws when there can't be one.
 */
export function memoryFile(text: string): number {
  const fd = libc().memfd_create(ptr(Buffer.from("ballast\0")), closeOnExec);
  if (fd < 0) throw new Error("the system gives no file in memory");
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at);
  return fd;
}
