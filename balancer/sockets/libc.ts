import { dlopen, FFIType, type Pointer, read } from "bun:ffi";
import { getSystemErrorName } from "node:util";

/** Calls on sockets that Bun itself has no word for, or takes longer over. Linux alone. */

const names = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];

const calls = {
  __errno_location: { args: [], returns: "ptr" },
  accept4: { args: ["i32", "ptr", "ptr", "i32"], returns: "i32" },
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  dup3: { args: ["i32", "i32", "i32"], returns: "i32" },
  epoll_create1: { args: ["i32"], returns: "i32" },
  epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  epoll_wait: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" },
  execv: { args: ["ptr", "ptr"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  getpeername: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  memfd_create: { args: ["ptr", "u32"], returns: "i32" },
  recv: { args: ["i32", "ptr", FFIType.u64_fast, "i32"], returns: "i32" },
  sched_getaffinity: { args: ["i32", "u64", "ptr"], returns: "i32" },
  sched_setaffinity: { args: ["i32", "u64", "ptr"], returns: "i32" },
  send: { args: ["i32", "ptr", FFIType.u64_fast, "i32"], returns: "i32" },
  sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
  setenv: { args: ["ptr", "ptr", "i32"], returns: "i32" },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  shutdown: { args: ["i32", "i32"], returns: "i32" },
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  socketpair: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
} as const;

type Libc = ReturnType<typeof dlopen<typeof calls>>["symbols"];

/** Why the last call of this thread failed (errno(3)); to be asked at once. */
export function lastError(): number {
  errnoAt ??= Number(libc().__errno_location()) as Pointer;
  return read.i32(errnoAt, 0);
}

/** As Bun's own sockets tell of it. */
export interface SystemError extends Error {
  /** Such as `EMFILE`. */
  readonly code: string;
}

export function systemError(call: string, error = lastError()): SystemError {
  const code = getSystemErrorName(-error);
  return Object.assign(new Error(`${code}: ${call}`), { code });
}

let errnoAt: Pointer | undefined;
let loaded: Libc | undefined;

/** Throws where there is none, as on other systems than Linux. */
export function libc(): Libc {
  loaded ??= load();
  return loaded;
}

function load(): Libc {
  const faults: string[] = [];
  for (const name of process.platform === "linux" ? names : []) {
    try {
      return dlopen(name, calls).symbols;
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  throw new Error(`no system calls on ${process.platform}: ${faults.join("; ") || "no epoll"}`);
}
