import { describe, expect, test } from "bun:test";
import { type CpuTimes, cpuPercentSinceLastLook, parseCpuTimes } from "./proc-stat.ts";

describe("parseCpuTimes", () => {
  test("counts all but idle and iowait as busy, guest time once", () => {
    const text = "cpu  100 20 30 800 40 5 6 7 50 20\ncpu0 1 1 1 1 1 1 1 1 0 0\nintr 1\n";
    expect(parseCpuTimes(text)).toEqual({ busy: 168, total: 1008 });
  });

  test("another text throws and is quoted", () => {
    expect(() => parseCpuTimes("hello")).toThrow("found hello");
    expect(() => parseCpuTimes("cpu  1 2 3\n")).toThrow("at least five numbers");
  });
});

describe("cpuPercentSinceLastLook", () => {
  function looks(...times: CpuTimes[]): number[] {
    const readings = times.values();
    const percent = cpuPercentSinceLastLook(() => {
      const { value } = readings.next();
      if (value === undefined) throw new Error("read more often than expected");
      return value;
    });
    return times.slice(1).map(percent);
  }

  test("looks at the time since the last look", () => {
    expect(looks({ busy: 100, total: 1000 }, { busy: 110, total: 1100 }, { busy: 185, total: 1200 })).toEqual(
      [10, 75],
    );
  });

  test("repeats itself while no tick passes, and then counts from the last look that had one", () => {
    const now = { busy: 50, total: 100 };
    expect(looks({ busy: 0, total: 0 }, now, now, { busy: 60, total: 200 })).toEqual([50, 50, 10]);
    expect(looks(now, now)).toEqual([0]);
  });

  test("stays within 0 and 100", () => {
    expect(looks({ busy: 50, total: 100 }, { busy: 40, total: 110 })).toEqual([0]);
    expect(looks({ busy: 50, total: 100 }, { busy: 70, total: 110 })).toEqual([100]);
  });
});
