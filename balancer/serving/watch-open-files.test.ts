import { expect, test } from "bun:test";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { watchOpenFiles } from "./watch-open-files.ts";

test("a lack of open files is told once, and its end when there were enough for half a minute", () => {
  const clock = new VirtualClock();
  const lines: string[] = [];
  let areShort = false;
  const timer = watchOpenFiles(
    clock,
    () => areShort,
    (line) => lines.push(line),
  );
  const seconds = (count: number) => clock.advance(count * 1000);
  seconds(60);
  expect(lines).toEqual([]);
  areShort = true;
  seconds(60);
  expect(lines).toEqual([expect.stringMatching(/^open files: nearly all \d+ /)]);
  for (const isShort of [false, true, false]) {
    areShort = isShort;
    seconds(29);
  }
  expect(lines).toHaveLength(1);
  seconds(3);
  expect(lines.slice(1)).toEqual(["open files: there are enough again"]);
  timer.cancel();
  areShort = true;
  seconds(60);
  expect(lines).toHaveLength(2);
});
