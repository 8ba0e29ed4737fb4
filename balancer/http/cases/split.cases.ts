import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { okWith } from "../../testing/raw-origin.ts";
import { edgeUnderTest } from "./edge-under-test.ts";

/** One route's requests dealt to several groups. */
export function splitCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  /** Groups `g`, which answers `a`, and `h`, which answers `b`. */
  async function openSplit(weights: readonly [number, number], splitOn?: string) {
    const b = await open(okWith("b"));
    const route = {
      split: [
        { group: "g", weight: weights[0] },
        { group: "h", weight: weights[1] },
      ],
      splitOn,
    };
    return open(okWith("a"), {
      listener: { routes: [{ path: "/", ...route }] },
      groups: { h: { health: false, policy: "round-robin", targets: [{ url: b.origin.url }] } },
    });
  }

  describe("a split route", () => {
    test("deals requests by weight, on one connection too", async () => {
      const scene = await openSplit([75, 25]);
      let toB = 0;
      for (let asked = 0; asked < 400; asked++)
        toB += Number((await scene.client.ask("GET", "/")).body.toString() === "b");
      // Four standard deviations around 100.
      expect(Math.abs(toB - 100)).toBeLessThan(35);
      const lines = await finish(scene);
      expect(lines.filter(({ group }) => group === "h")).toHaveLength(toB);
    });

    test("gives nothing to a group of weight 0", async () => {
      const scene = await openSplit([0, 1]);
      for (let asked = 0; asked < 20; asked++)
        expect((await scene.client.ask("GET", "/")).body.toString()).toBe("b");
      await finish(scene);
    });

    test("keeps a cookie at its group, and moves as few as the weights do", async () => {
      const groupsOf = async (weights: readonly [number, number]) => {
        const scene = await openSplit(weights, "cookie:user");
        const groups: string[] = [];
        for (let user = 0; user < 60; user++) {
          const ask = () => scene.client.ask("GET", "/", [`cookie: user=u${user}`]);
          const [first, second] = [(await ask()).body.toString(), (await ask()).body.toString()];
          expect(second).toBe(first);
          groups.push(first);
        }
        await finish(scene);
        return groups;
      };
      const [few, more] = [await groupsOf([80, 20]), await groupsOf([50, 50])];
      expect(new Set(few)).toEqual(new Set(["a", "b"]));
      // Whoever was with the growing group stays with it.
      expect(few.every((group, user) => group === "a" || more[user] === "b")).toBe(true);
      expect(more.filter((group) => group === "b").length).toBeGreaterThan(
        few.filter((g) => g === "b").length,
      );
    });

    test("keeps an address at its group", async () => {
      const scene = await openSplit([50, 50], "ip");
      const groups = new Set<string>();
      for (let asked = 0; asked < 20; asked++)
        groups.add((await scene.client.ask("GET", "/")).body.toString());
      expect(groups.size).toBe(1);
      await finish(scene);
    });
  });
}
