import { expect, test } from "bun:test";
import { failure, success } from "../../outcome.ts";
import { type CpuSlice, quietest } from "./slice.ts";

function slice(foreignUtilization: number | undefined, bad = 0): CpuSlice {
  return {
    cpuUsPerRequest: 10,
    requestsPerSecond: 1000,
    p50Us: undefined,
    p99Us: undefined,
    utilization: 1,
    foreignUtilization,
    answered: 1000,
    bad,
  };
}

/** What of these counts, each of which is of one time, and how many of them it took. */
async function taken(...times: readonly (readonly CpuSlice[])[]) {
  const left = [...times];
  const disturbed: (readonly CpuSlice[])[] = [];
  const outcome = await quietest(
    async () => left.shift()?.map(success) ?? [failure("asked for one more")],
    (slices) => disturbed.push(slices),
  );
  return { outcome, tries: times.length - left.length, disturbed };
}

test("a quiet slice counts at once, and so does one of which nothing is known", async () => {
  expect(await taken([slice(0.05)], [slice(0)])).toMatchObject({ tries: 1, disturbed: [] });
  expect(await taken([slice(undefined)], [slice(0)])).toMatchObject({ tries: 1 });
});

test("a disturbed one is repeated up to twice, and the quietest of them counts", async () => {
  const [loud, quiet] = [[slice(0.4)], [slice(0.01)]];
  const repeated = await taken(loud, quiet, [slice(0)]);
  expect(repeated).toEqual({ outcome: success(quiet), tries: 2, disturbed: [loud] });
  const least = [slice(0.2)];
  expect(await taken([slice(0.4)], least, [slice(0.3)], [slice(0)])).toMatchObject({
    outcome: { value: least },
    tries: 3,
  });
});

test("those that belong together are repeated together, and the loudest of them tells", async () => {
  const quieter = [slice(0.2), slice(0.2)];
  const loudest = [slice(0), slice(0.3)];
  expect(await taken(loudest, quieter, loudest)).toMatchObject({ outcome: { value: quieter }, tries: 3 });
});

test("a bad answer and a fault end it, however noisy it was", async () => {
  const bad = [slice(0), slice(0.4, 1)];
  expect(await taken(bad, [slice(0)])).toMatchObject({ outcome: { value: bad }, tries: 1 });
  expect(await taken()).toMatchObject({ outcome: { ok: false, fault: "asked for one more" } });
});
