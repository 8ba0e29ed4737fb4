import { ptr } from "bun:ffi";
import { expect, spyOn, test } from "bun:test";
import { join } from "node:path";
import { until } from "../testing/until.ts";
import { libc } from "./libc.ts";
import { canRead, canWatch, canWrite, hasHungUp, rewatch, unwatch, watch } from "./readiness.ts";

const bytes = Buffer.from("x");

/** Two ends of a stream. */
function socketPair(): [number, number] {
  const ends = new Int32Array(2);
  const [unix, streamNonBlocking] = [1, 0o4001];
  expect(libc().socketpair(unix, streamNonBlocking, 0, ptr(ends))).toBe(0);
  return [ends[0] ?? -1, ends[1] ?? -1];
}

/** Notes what it is told; `take`: takes the bytes that it is told of. */
function notes(fd: number, take: boolean) {
  const told: number[] = [];
  const buffer = Buffer.alloc(10);
  const onReady = (events: number) => {
    told.push(events);
    if (take) libc().recv(fd, ptr(buffer), buffer.length, 0);
  };
  return { told, onReady };
}

test("who watches a descriptor is told of it until it has done what can be done", async () => {
  expect(canWatch()).toBe(true);
  const [near, far] = socketPair();
  const watcher = notes(near, true);
  watch(near, canRead, watcher);
  await Bun.sleep(1);
  expect(watcher.told).toEqual([]);
  for (let time = 1; time <= 3; time++) {
    libc().send(far, ptr(bytes), 1, 0);
    await until("a look", () => watcher.told.length === time);
  }
  expect(watcher.told).toEqual([canRead, canRead, canRead]);
  rewatch(near, canWrite);
  await until("another look", () => watcher.told.length > 3);
  expect(watcher.told.at(-1)).toBe(canWrite);
  rewatch(near, canRead);
  libc().close(far);
  await until("the end", () => (watcher.told.at(-1) ?? 0) > canWrite);
  expect(watcher.told.at(-1)).toBe(canRead | hasHungUp);
  unwatch(near);
  const { length } = watcher.told;
  await Bun.sleep(1);
  expect(watcher.told).toHaveLength(length);
  libc().close(near);
});

test("a watcher that was taken off by another one hears nothing", async () => {
  const pairs = Array.from({ length: 10 }, socketPair);
  let told = 0;
  for (const [near] of pairs)
    watch(near, canRead, {
      onReady() {
        told++;
        for (const [other] of pairs) if (other !== near) unwatch(other);
        libc().recv(near, ptr(Buffer.alloc(1)), 1, 0);
      },
    });
  for (const [, far] of pairs) libc().send(far, ptr(bytes), 1, 0);
  await until("the first one", () => told > 0);
  await Bun.sleep(1);
  expect(told).toBe(1);
  for (const fd of pairs.flat()) libc().close(fd);
});

test("a watcher that fails is told of as the bug that it is, and the others are told", async () => {
  const [[failing, toFailing], [near, far]] = [socketPair(), socketPair()];
  const complaints = spyOn(console, "error").mockImplementation(() => {});
  const bug = new Error("a bug");
  watch(failing, canRead, {
    onReady() {
      unwatch(failing);
      throw bug;
    },
  });
  const watcher = notes(near, true);
  watch(near, canRead, watcher);
  for (const fd of [toFailing, far]) libc().send(fd, ptr(bytes), 1, 0);
  await until("both", () => watcher.told.length > 0 && complaints.mock.calls.length > 0);
  expect(complaints.mock.calls[0]).toContain(bug);
  complaints.mockRestore();
  unwatch(near);
  for (const fd of [failing, toFailing, near, far]) libc().close(fd);
});

test("to be able to watch keeps no program running", () => {
  const program = `import { canWatch } from "${join(import.meta.dir, "readiness.ts")}"; console.log(canWatch());`;
  const { stdout, exitCode } = Bun.spawnSync([process.execPath, "-e", program], { timeout: 10_000 });
  expect([stdout.toString(), exitCode]).toEqual(["true\n", 0]);
});
