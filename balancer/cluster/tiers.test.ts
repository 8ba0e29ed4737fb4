import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isAvailable, Target, type TargetState } from "./target.ts";
import { selectTiers, type TierRules } from "./tiers.ts";

type Spec = readonly [
  state: TargetState,
  priority?: number,
  zone?: string | undefined,
  weight?: number,
  how?: "unreachable",
];

const rules: TierRules = { panicThreshold: 0.5 };

function select(specs: readonly Spec[], more: Partial<TierRules> = {}) {
  const targets = specs.map(([state, priority = 0, zone, weight = 1, how], index) => {
    const place = { priority, zone };
    const target = new Target(String(index), "http://t", weight, 0, 1000, undefined, place);
    target.state = state;
    target.isUnreachable = how === "unreachable";
    return target;
  });
  const { tiers, isPanic } = selectTiers(targets, { ...rules, ...more });
  return {
    targets,
    tiers,
    isPanic,
    /** Such as `0,1 at 70 %`. */
    text: tiers.map((t) => `${t.targets.map(({ id }) => id).join()} at ${Math.round(100 * t.share)} %`),
  };
}

const up: Spec = ["healthy"];
const down: Spec = ["unhealthy"];

describe("panic", () => {
  test("begins when less than the threshold is available, and takes all but those that drain", () => {
    expect(select([up, up, down, down])).toMatchObject({ isPanic: false, text: ["0,1 at 100 %"] });
    expect(select([up, down, down])).toMatchObject({ isPanic: true, text: ["0,1,2 at 100 %"] });
    expect(select([up, down, ["ejected"], ["draining"]])).toMatchObject({ text: ["0,1,2 at 100 %"] });
    expect(select([["draining"]])).toMatchObject({ isPanic: false, text: [] });
  });

  test("takes none that takes no connections, unless there is none else", () => {
    const unreachable: Spec = ["unhealthy", 0, undefined, 1, "unreachable"];
    expect(select([up, unreachable, unreachable])).toMatchObject({ isPanic: false, text: ["0 at 100 %"] });
    expect(select([up, unreachable, down, down])).toMatchObject({ isPanic: true, text: ["0,2,3 at 100 %"] });
    expect(select([unreachable, unreachable])).toMatchObject({ isPanic: true, text: ["0,1 at 100 %"] });
  });

  test("never begins with a threshold of 0, at the first loss with one of 100 %", () => {
    expect(select([down, down], { panicThreshold: 0 })).toMatchObject({ isPanic: false, text: [] });
    expect(select([up, down, down], { panicThreshold: 0 }).text).toEqual(["0 at 100 %"]);
    expect(select([up, up, down], { panicThreshold: 1 }).text).toEqual(["0,1,2 at 100 %"]);
  });
});

describe("priorities", () => {
  const second = (state: TargetState): Spec => [state, 1];

  test("the lowest number takes all for as long as 71 % of it is available", () => {
    expect(select([up, up, up, down, second("healthy")]).text).toEqual(["0,1,2 at 100 %", "4 at 0 %"]);
  });

  test("what it can't carry goes on to the next", () => {
    expect(select([up, down, second("healthy"), second("unknown")]).text).toEqual([
      "0 at 70 %",
      "2,3 at 30 %",
    ]);
    const third = select([down, down, ["healthy", 2], second("unhealthy")]);
    expect(third.text).toEqual(["2 at 100 %"]);
  });

  test("nobody panics while all together carry the traffic", () => {
    const some = select([up, down, down, second("healthy"), second("healthy")]);
    expect(some).toMatchObject({ isPanic: false, text: ["0 at 47 %", "3,4 at 53 %"] });
  });

  test("when they don't, each takes its part, and those that are mostly gone panic", () => {
    const few = select([up, down, down, down, second("healthy"), second("unhealthy"), second("unhealthy")]);
    // Healths of 35 % and 47 %.
    expect(few).toMatchObject({ isPanic: true, text: ["0,1,2,3 at 43 %", "4,5,6 at 57 %"] });
    expect(select([down, down, down, second("unhealthy")]).text).toEqual(["0,1,2 at 75 %", "3 at 25 %"]);
  });

  test("numbers may leave gaps", () => {
    expect(
      select([
        ["unhealthy", 3],
        ["healthy", 7],
      ]).text,
    ).toEqual(["1 at 100 %"]);
  });
});

describe("zones", () => {
  const at = (zone: string | undefined, state: TargetState = "healthy", weight = 1): Spec => [
    state,
    0,
    zone,
    weight,
  ];
  const zone = { own: "a", maxLoad: undefined };

  test("as many as there are: all stays in the own one while each has as many targets", () => {
    expect(select([at("a"), at("b"), at("c")], { zone }).text).toEqual(["0 at 100 %", "1,2 at 0 %"]);
  });

  test("what the own one can't carry goes to the others", () => {
    const specs = [at("a"), at("a", "unhealthy"), at("b"), at("b"), at("c"), at("c")];
    expect(select(specs, { zone }).text).toEqual(["0 at 60 %", "2,3,4,5 at 40 %"]);
  });

  test("never more than so many times the mean load, by weight", () => {
    const maxLoad = { zone: { own: "a", maxLoad: 1.5 } };
    expect(select([at("a"), at("b"), at(undefined), at("c")], maxLoad).text).toEqual([
      "0 at 38 %",
      "1,2,3 at 63 %",
    ]);
    expect(select([at("a", "healthy", 3), at("b")], maxLoad).text).toEqual(["0 at 100 %", "1 at 0 %"]);
  });

  test("without targets in the own one, or with none elsewhere, or in panic, there is nothing to prefer", () => {
    expect(select([at("b"), at("c")], { zone }).text).toEqual(["0,1 at 100 %"]);
    expect(select([at("a"), at("a")], { zone }).text).toEqual(["0,1 at 100 %"]);
    expect(select([at("a"), at("b", "unhealthy"), at("b", "unhealthy")], { zone }).text).toEqual([
      "0,1,2 at 100 %",
    ]);
  });
});

test("shares add up to 1 whenever somebody may be chosen, and nobody stands in two tiers", () => {
  const spec = fc.tuple(
    fc.constantFrom<TargetState>("unknown", "healthy", "unhealthy", "ejected", "draining"),
    fc.nat(2),
    fc.constantFrom("a", "b", "c"),
    fc.constantFrom(0.5, 1, 4),
  );
  fc.assert(
    fc.property(
      fc.array(spec, { maxLength: 12 }),
      fc.constantFrom(0, 0.3, 0.5, 1),
      fc.constantFrom(undefined, { own: "a", maxLoad: 1.5 }),
      (specs, panicThreshold, zone) => {
        const { targets, tiers } = select(specs, { panicThreshold, zone });
        const chosen = tiers.flatMap((tier) => tier.targets);
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen.some(({ state }) => state === "draining")).toBeFalse();
        for (const target of targets) if (isAvailable(target.state)) expect(chosen).toContain(target);
        const sum = tiers.reduce((total, { share }) => total + share, 0);
        if (chosen.length > 0) expect(sum).toBeCloseTo(1, 9);
      },
    ),
  );
});
