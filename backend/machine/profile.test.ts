import { describe, expect, test } from "bun:test";
import { parseProfile } from "./profile.ts";

const constant = { distribution: "constant", meanMs: 10 };
const durationExpected = "expected a number of milliseconds above 0 and up to 3600000";

describe("parseProfile", () => {
  test("takes every field", () => {
    const input = {
      workers: 2,
      service: { distribution: "lognormal", meanMs: 10, sigma: 1 },
      noisyNeighbour: { everyMs: 30_000, forMs: 3000, slowdown: 3 },
    };
    expect(parseProfile(input)).toEqual({ ok: true, value: input } as never);
  });

  test("a log-normal distribution without sigma has 0.5", () => {
    const read = parseProfile({ workers: 1, service: { distribution: "lognormal", meanMs: 10 } });
    expect(read).toEqual({
      ok: true,
      value: { workers: 1, service: { distribution: "lognormal", meanMs: 10, sigma: 0.5 } },
    });
  });

  test.each<[string, unknown, string[]]>([
    ["no object", [], ["profile: found [], expected an object with workers, service, noisyNeighbour"]],
    [
      "an empty object",
      {},
      [
        "workers: found nothing, expected a whole number from 1 to 1024",
        "service: found nothing, expected an object with distribution, meanMs",
      ],
    ],
    [
      "several faults at once",
      { workers: 1.5, service: { distribution: "constant", meanMs: "10", sigma: 1 }, worker: 2 },
      [
        "workers: found 1.5, expected a whole number from 1 to 1024",
        `service.meanMs: found "10", ${durationExpected}`,
        'service: found the key "sigma", expected an object with distribution, meanMs',
        'profile: found the key "worker", expected an object with workers, service, noisyNeighbour',
      ],
    ],
    [
      "an unknown distribution",
      { workers: 1, service: { distribution: "normal", meanMs: 10 } },
      ['service.distribution: found "normal", expected "constant", "exponential" or "lognormal"'],
    ],
    [
      "a sigma out of range",
      { workers: 1, service: { distribution: "lognormal", meanMs: 10, sigma: 4 } },
      ["service.sigma: found 4, expected a number above 0 and up to 3"],
    ],
    [
      "noise without a pause",
      { workers: 1, service: constant, noisyNeighbour: { everyMs: 5, forMs: 5, slowdown: 0.5 } },
      [
        "noisyNeighbour.slowdown: found 0.5, expected a number from 1 to 1000",
        "noisyNeighbour.forMs: found 5, expected less than everyMs",
      ],
    ],
    [
      "a mean of 0",
      { workers: 0, service: { distribution: "exponential", meanMs: 0 } },
      [
        "workers: found 0, expected a whole number from 1 to 1024",
        `service.meanMs: found 0, ${durationExpected}`,
      ],
    ],
  ])("names every fault of %s", (_name, input, faults) => {
    expect(parseProfile(input)).toEqual({ ok: false, faults });
  });
});
