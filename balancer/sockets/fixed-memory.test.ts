import { read } from "bun:ffi";
import { expect, test } from "bun:test";
import { fixedBytes, fixedWords } from "./fixed-memory.ts";
import { libc } from "./libc.ts";

const [unix, streamNonBlocking] = [1, 0o4001];

test("what calls write is read, and what is written they read, also once all of it is compiled", () => {
  const ends = fixedWords(2);
  expect(libc().socketpair(unix, streamNonBlocking, 0, ends.at)).toBe(0);
  const [near = -1, far = -1] = ends.view;
  const [out, back] = [fixedBytes(1), fixedBytes(1)];
  const { send, recv } = libc();
  const passes = (byte: number) => {
    out.view[0] = byte;
    send(near, out.at, 1, 0);
    recv(far, back.at, 1, 0);
    return back.view[0] === byte;
  };
  let failed = 0;
  for (let round = 0; round < 20_000; round++) if (!passes(round & 255)) failed++;
  expect(failed).toBe(0);
  for (const fd of ends.view) libc().close(fd);
});

test("it outlives the garbage collector where only its place is known", () => {
  const places = Array.from({ length: 200 }, (_, index) => {
    const { view, at } = fixedWords(64);
    view.fill(index);
    return at;
  });
  Bun.gc(true);
  const others = Array.from({ length: 2000 }, () => new Int32Array(new ArrayBuffer(256)).fill(-1));
  expect(places.map((at) => read.i32(at, 0))).toEqual(places.map((_, index) => index));
  expect(others).toHaveLength(2000);
});
