import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { FileWatch } from "./file-watch.ts";

const lookMs = 500;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ballast-watch-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

/** `changes` says how often they have changed after so many more looks. */
function watch(...names: readonly string[]) {
  const files = names.map((name) => join(directory, name));
  const clock = new VirtualClock();
  let count = 0;
  const watched = new FileWatch(
    () => files,
    clock,
    () => count++,
  );
  watched.start();
  const changes = (looks: number) => {
    clock.advance(looks * lookMs);
    return count;
  };
  return { files, changes, watched };
}

const write = (name: string, text: string) => writeFileSync(join(directory, name), text);

test("a file that is written into has changed once it stands still", () => {
  write("a", "1");
  const { changes } = watch("a");
  expect(changes(3)).toBe(0);
  write("a", "12");
  expect(changes(1)).toBe(0);
  write("a", "123");
  expect(changes(1)).toBe(0);
  expect(changes(1)).toBe(1);
  expect(changes(5)).toBe(1);
});

test("another file of the same name and size is a change", () => {
  write("a", "1");
  const { changes } = watch("a");
  write("b", "2");
  renameSync(join(directory, "b"), join(directory, "a"));
  expect(changes(2)).toBe(1);
});

test("so is a link that leads elsewhere, of a directory too, as deployments have it", () => {
  for (const version of ["v1", "v2"]) {
    mkdirSync(join(directory, version));
    write(`${version}/a`, "same");
  }
  symlinkSync("v1", join(directory, "current"));
  const { changes } = watch("current/a");
  symlinkSync("v2", join(directory, "next"));
  renameSync(join(directory, "next"), join(directory, "current"));
  expect(changes(2)).toBe(1);
});

test("one that is gone for a moment, or for long, is told of as it is then", () => {
  write("a", "1");
  const { changes } = watch("a");
  rmSync(join(directory, "a"));
  expect(changes(1)).toBe(0);
  write("a", "2");
  expect(changes(2)).toBe(1);
  rmSync(join(directory, "a"));
  expect(changes(2)).toBe(2);
});

test("one that can't be reached is a change, as is its return", () => {
  write("a", "1");
  const { changes } = watch("a");
  rmSync(join(directory, "a"));
  symlinkSync("a", join(directory, "a"));
  expect(changes(2)).toBe(1);
  rmSync(join(directory, "a"));
  write("a", "1");
  expect(changes(2)).toBe(2);
});

test("a file that is watched from now on is no change, its next content is", () => {
  write("a", "1");
  write("b", "1");
  const { files, changes } = watch("a");
  files.push(join(directory, "b"));
  expect(changes(3)).toBe(0);
  write("b", "12");
  expect(changes(2)).toBe(1);
});

test("what changes between the first look and the start is a change, and nothing is after the end", () => {
  write("a", "1");
  const { changes, watched } = watch("a");
  write("a", "12");
  expect(changes(2)).toBe(1);
  watched.stop();
  write("a", "123");
  expect(changes(5)).toBe(1);
});
