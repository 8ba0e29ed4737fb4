import { dlopen, ptr } from "bun:ffi";
import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { libc } from "../sockets/libc.ts";
import { monotonicLine, notifySystemd } from "./systemd.ts";

const { NOTIFY_SOCKET } = process.env;
const directories: string[] = [];
afterEach(() => {
  if (NOTIFY_SOCKET === undefined) delete process.env.NOTIFY_SOCKET;
  else process.env.NOTIFY_SOCKET = NOTIFY_SOCKET;
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true });
});

const afUnix = 1;
const sockDatagram = 2;

/** Listens as systemd does; `receive` gives what has been told. */
function listen(name: string) {
  const { symbols } = dlopen("libc.so.6", {
    bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
    recv: { args: ["i32", "ptr", "u64", "i32"], returns: "i64" },
  });
  const address = Buffer.concat([Buffer.from([afUnix, 0]), Buffer.from(name)]);
  const socket = libc().socket(afUnix, sockDatagram, 0);
  expect(symbols.bind(socket, ptr(address), address.length)).toBe(0);
  return () => {
    const message = Buffer.alloc(1000);
    const length = Number(symbols.recv(socket, ptr(message), message.length, 0));
    libc().close(socket);
    return message.toString("utf8", 0, length);
  };
}

test("systemd is told at a path", () => {
  const directory = mkdtempSync(join(tmpdir(), "ballast-notify-"));
  directories.push(directory);
  const path = join(directory, "notify");
  const receive = listen(`${path}\0`);
  process.env.NOTIFY_SOCKET = path;
  notifySystemd("READY=1", "MAINPID=7");
  expect(receive()).toBe("READY=1\nMAINPID=7");
});

test("and at an abstract address", () => {
  const name = `ballast-notify-${process.pid}`;
  const receive = listen(`\0${name}`);
  process.env.NOTIFY_SOCKET = `@${name}`;
  notifySystemd("STOPPING=1");
  expect(receive()).toBe("STOPPING=1");
});

test("nobody is told where nobody asks, and nothing breaks where nobody listens", () => {
  delete process.env.NOTIFY_SOCKET;
  notifySystemd("READY=1");
  process.env.NOTIFY_SOCKET = "/nowhere";
  notifySystemd("READY=1");
});

test("the clock is the system's", () => {
  const uptimeSeconds = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
  const seconds = Number(monotonicLine().slice("MONOTONIC_USEC=".length)) / 1e6;
  // The one of boot counts on while the machine sleeps.
  expect(seconds).toBeLessThan(uptimeSeconds + 1);
  expect(seconds).toBeGreaterThan(performance.now() / 1000);
});
