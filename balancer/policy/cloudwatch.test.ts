import { describe, expect, test } from "bun:test";
import type { ChooserConfig } from "./options.ts";
import { defaultPolicyConfigs } from "./options.ts";
import { PolicyFixture } from "./policy.fixture.ts";

const roundRobin = { name: "round-robin" } as const;

/** Targets a, b, … with these values, none where undefined. */
function withValues(values: readonly (number | undefined)[], chooser: ChooserConfig = roundRobin) {
  const config = { ...defaultPolicyConfigs.cloudwatch, chooser };
  const fixture = new PolicyFixture(
    config,
    values.map(() => 1),
  );
  report(fixture, values);
  return fixture;
}

function report(fixture: PolicyFixture, values: readonly (number | undefined)[]): void {
  for (const [index, value] of values.entries())
    if (value !== undefined) fixture.group.recordLoad(fixture.target(index), value);
  fixture.clock.advance(100);
}

const chosen = (fixture: PolicyFixture, count: number) =>
  Array.from({ length: count }, () => fixture.choose().id).join("");

describe("the cloudwatch policy", () => {
  test("gives a target over the limit nothing while another is under it", () => {
    expect(chosen(withValues([71, 70, 10]), 6)).toBe("bcbcbc");
  });

  test("lets the policy after it choose among those under the limit", () => {
    const fixture = withValues([99, 10, 10], { name: "weighted-round-robin", smooth: false });
    expect(chosen(fixture, 4)).toBe("bcbc");
    expect(chosen(withValues([1, 2, 3]), 6)).toBe("abcabc");
  });

  test("sends to the lowest value when all are over, and not everything when much is in flight", () => {
    const fixture = withValues([90, 80, 85]);
    expect(chosen(fixture, 3)).toBe("bbb");
    const open = Array.from({ length: 9 }, () => fixture.begin().target.id);
    expect(new Set(open)).toEqual(new Set(["a", "b", "c"]));
  });

  test("neither leaves out a target without a value, nor others because of it", () => {
    expect(chosen(withValues([99, 10, undefined]), 4)).toBe("bcbc");
    expect(chosen(withValues([99, undefined, 99]), 3)).toBe("abc");
    expect(chosen(withValues([undefined, undefined]), 4)).toBe("abab");
  });

  test("forgets a value that is too old", () => {
    const fixture = withValues([99, 10]);
    fixture.clock.advance(defaultPolicyConfigs.cloudwatch.maxAgeMs);
    expect(chosen(fixture, 4)).toBe("abab");
    expect(fixture.group.scoreOf(fixture.target(0))).toBe(Number.POSITIVE_INFINITY);
  });

  test("heeds new values within a tenth of a second", () => {
    const fixture = withValues([99, 10, 10]);
    expect(chosen(fixture, 2)).toBe("bc");
    report(fixture, [10, 99, 10]);
    expect(chosen(fixture, 4)).toBe("acac");
    expect(fixture.group.scoreOf(fixture.target(1))).toBe(99);
  });

  test("passes over who is down, and sends to those over the limit when no others are left", () => {
    const fixture = withValues([99, 10]);
    fixture.group.setState(fixture.target(1), "unhealthy");
    expect(chosen(fixture, 2)).toBe("aa");
    const tried = [fixture.target(0)];
    expect(fixture.group.begin(undefined, tried)).toBeUndefined();
  });
});
