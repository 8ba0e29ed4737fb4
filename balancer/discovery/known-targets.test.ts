import { expect, test } from "bun:test";
import fc from "fast-check";
import { KnownTargets } from "./known-targets.ts";

const targetsOf = (ids: readonly string[]) => ids.map((id) => ({ id, url: `http://${id}:80`, weight: 1 }));
const idsOf = (known: KnownTargets) => known.targets.map(({ id }) => id);

test("a target that is missing once stays, and one that is missing twice leaves", () => {
  const known = new KnownTargets(2);
  expect(known.update(targetsOf(["a", "b"]))).toEqual({ joined: ["a", "b"], left: [], altered: [] });
  expect(known.update(targetsOf(["a"]))).toEqual({ joined: [], left: [], altered: [] });
  expect(known.update(targetsOf(["a", "b"]))).toEqual({ joined: [], left: [], altered: [] });
  expect(known.update(targetsOf(["a"]))).toEqual({ joined: [], left: [], altered: [] });
  expect(known.update(targetsOf(["a"]))).toEqual({ joined: [], left: ["b"], altered: [] });
  expect(idsOf(known)).toEqual(["a"]);
});

test("another address or weight under the same id is taken over at once", () => {
  const known = new KnownTargets(2);
  known.update(targetsOf(["a"]));
  expect(known.update([{ id: "a", url: "http://other:80", weight: 3 }]).altered).toEqual(["a"]);
  expect(known.targets).toEqual([{ id: "a", url: "http://other:80", weight: 3 }]);
});

test("what is known is what stood in any of the last answers", () => {
  const ids = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { minLength: 1 });
  fc.assert(
    fc.property(fc.array(ids, { minLength: 1 }), fc.integer({ min: 1, max: 4 }), (answers, removeAfter) => {
      const known = new KnownTargets(removeAfter);
      let before: string[] = [];
      for (const [index, answer] of answers.entries()) {
        const { joined, left } = known.update(targetsOf(answer));
        const recent = new Set(answers.slice(Math.max(0, index + 1 - removeAfter), index + 1).flat());
        expect(idsOf(known).sort()).toEqual([...recent].sort());
        expect([...before.filter((id) => !left.includes(id)), ...joined].sort()).toEqual(idsOf(known).sort());
        before = idsOf(known);
      }
    }),
  );
});
