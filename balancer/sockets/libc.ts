import { dlopen } from "bun:ffi";

/** The few calls on sockets that Bun itself has no word for. Linux alone. */

const names = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];

const calls = {
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  dup3: { args: ["i32", "i32", "i32"], returns: "i32" },
  epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  getpeername: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  getsockname: { args: ["i32", "ptr", "ptr"], returns: "i32" },
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  memfd_create: { args: ["ptr", "u32"], returns: "i32" },
  sendto: { args: ["i32", "ptr", "u64", "i32", "ptr", "u32"], returns: "i64" },
  shutdown: { args: ["i32", "i32"], returns: "i32" },
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
} as const;

type Libc = ReturnType<typeof dlopen<typeof calls>>["symbols"];

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
  throw new Error(`sockets can't be handed over on ${process.platform}: ${faults.join("; ") || "no epoll"}`);
}
