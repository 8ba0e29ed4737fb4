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

/** What of each source's slices counts, and how many of them it took. */
async function takenOf(...sources: readonly (readonly CpuSlice[])[]) {
  const left = sources.map((slices) => [...slices]);
  const said: string[] = [];
  const outcome = await quietest(
    left.map((slices, index) => ({
      name: index === 0 ? "nginx" : "HAProxy",
      say: (line) => said.push(line),
      take: async () => {
        const next = slices.shift();
        return next === undefined ? failure("asked for one more") : success(next);
      },
    })),
  );
  const tries = sources.map((slices, index) => slices.length - (left[index]?.length ?? 0));
  return { outcome, tries, said };
}

/** As {@link takenOf}, of a single source. */
async function taken(...slices: readonly CpuSlice[]) {
  const { outcome, tries, said } = await takenOf(slices);
  return { outcome: outcome.ok ? success(outcome.value[0]) : outcome, tries: tries[0], said };
}

test("a quiet slice counts at once, and so does one of which nothing is known", async () => {
  expect(await taken(slice(0.05), slice(0))).toMatchObject({ tries: 1, said: [] });
  expect(await taken(slice(undefined), slice(0))).toMatchObject({ tries: 1 });
});

test("a disturbed one is repeated up to twice, and the quietest of them counts", async () => {
  const quiet = slice(0.01);
  const repeated = await taken(slice(0.4), quiet, slice(0));
  expect(repeated).toMatchObject({ outcome: { value: quiet }, tries: 2 });
  expect(repeated.said).toEqual([
    "disturbed, once more: nginx 10.0 µs/request, 1000 requests/s, core to 40 % with others",
  ]);
  const least = slice(0.2);
  expect(await taken(slice(0.4), least, slice(0.3), slice(0))).toMatchObject({
    outcome: { value: least },
    tries: 3,
  });
});

test("slices of one time are repeated together, and the loudest of them tells", async () => {
  const quieter = slice(0.2);
  const outcome = success([quieter, quieter]);
  const repeated = await takenOf([slice(0), quieter, slice(0)], [slice(0.3), quieter, slice(0.3)]);
  expect(repeated).toMatchObject({ outcome, tries: [3, 3] });
  expect(repeated.said.slice(0, 2)).toEqual([
    "disturbed, once more: nginx 10.0 µs/request, 1000 requests/s, core to 0 % with others",
    "disturbed, once more: HAProxy 10.0 µs/request, 1000 requests/s, core to 30 % with others",
  ]);
});

test("a bad answer and a fault end it, however noisy it was", async () => {
  const bad = slice(0.4, 1);
  expect(await taken(bad, slice(0))).toMatchObject({ outcome: { value: bad }, tries: 1 });
  expect(await takenOf([slice(0)], [bad])).toMatchObject({
    outcome: { value: [slice(0), bad] },
    tries: [1, 1],
  });
  expect(await taken()).toMatchObject({ outcome: { ok: false, fault: "asked for one more" } });
});
