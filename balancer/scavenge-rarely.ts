import { ptr } from "bun:ffi";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { isCompiled } from "./compiled.ts";
import { libc } from "./sockets/libc.ts";

/**
 * How often, in ms, Bun's allocator (mimalloc) looks for pages without anything in use to give back to the system: by
 * itself every 100 ms, which is an eighth of the CPU time of a new connection, as the pages are wanted again at once.
 */
const option = "MIMALLOC_PURGE_HOLES_MIN_INTERVAL";
const intervalMs = 10_000;

/** fcntl(2), F_SETFD. */
const setDescriptorFlags = 2;

/**
 * Starts the program anew in the place of this process, with {@link option} set: the allocator reads it before anything else
 * runs. It keeps its number, its arguments and all descriptors that it was given. Returns where the option is set already, by
 * this or by whoever started the program, and where the program isn't compiled. `docs/decisions/allocator.md` says more.
 */
export function scavengeRarely(): void {
  if (process.env[option] !== undefined || !isCompiled) return;
  try {
    keepDescriptors();
    libc().setenv(cString(option), cString(String(intervalMs)), 1);
    libc().execv(cString(process.execPath), pointersTo(readFileSync("/proc/self/cmdline")));
  } catch {
    // No system calls here, as on other systems than Linux.
  }
  // Where it fails the program goes on as it is: dearer, and no worse.
}

/** What Bun was given, such as a pipe to read the config from, it has marked to be closed; what it has opened itself is no file. */
function keepDescriptors(): void {
  for (const name of readdirSync("/proc/self/fd"))
    if (!leadsTo(name).startsWith("anon_inode:")) libc().fcntl(Number(name), setDescriptorFlags, 0);
}

function leadsTo(name: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${name}`);
  } catch {
    // The directory itself, closed since.
    return "anon_inode:";
  }
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

/** Pointers to each text in the bytes that ends with 0, and a last one that is 0. */
function pointersTo(texts: Buffer): BigUint64Array {
  const pointers: bigint[] = [];
  for (let at = 0; at < texts.length; at = texts.indexOf(0, at) + 1) pointers.push(BigInt(ptr(texts, at)));
  return new BigUint64Array([...pointers, 0n]);
}
