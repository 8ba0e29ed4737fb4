import { expect, test } from "bun:test";
import fc from "fast-check";
import { describeSplit, isExclusive, onProxyCores, parseCoreList, splitAgain, splitCores } from "./cores.ts";

test("reads the kernel's lists of cores", () => {
  expect(parseCoreList("0")).toEqual([0]);
  expect(parseCoreList("0-2,5,8-9")).toEqual([0, 1, 2, 5, 8, 9]);
  expect(() => parseCoreList("")).toThrow('found ""');
  expect(() => parseCoreList("1-")).toThrow('found "1-"');
});

test("every core is either the proxy's or one of the others", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(255)), (cores) => {
      const split = splitCores(cores);
      expect(split === undefined).toBe(cores.length < 2);
      if (split !== undefined) expect([...split.proxy, ...split.others]).toEqual(cores);
    }),
  );
});

test("a proxy that needs every core shares them", () => {
  const one = { proxy: [4], others: [6] };
  const both = { proxy: [4, 6], others: [4, 6] };
  expect(isExclusive(one)).toBe(true);
  expect(splitAgain(one, 2)).toEqual(both);
  expect(isExclusive(both)).toBe(false);
  expect(splitAgain(both, 1)).toEqual(one);
  expect(splitAgain(one, 3)).toBeUndefined();
  expect(splitAgain({ proxy: [0], others: [1, 2] }, 2)).toEqual({ proxy: [0, 1], others: [2] });
  expect(describeSplit(both)).toBe("proxy, load and servers together on cores 4 and 6");
});

test("a command is pinned only where there is a core to pin it to", () => {
  const split = { proxy: [3, 5], others: [4] };
  expect(onProxyCores({ pinned: true, split }, ["nginx"])).toEqual(["taskset", "-c", "3,5", "nginx"]);
  expect(onProxyCores({ pinned: false, why: "" }, ["nginx"])).toEqual(["nginx"]);
});
