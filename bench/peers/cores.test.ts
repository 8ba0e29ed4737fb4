import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  describeSplit,
  isExclusive,
  onProxyCores,
  parseCoreList,
  splitCores,
  splitForScale,
} from "./cores.ts";

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

test("one proxy core and two have as many for the load, their own where there are enough", () => {
  const two = { proxy: [4], others: [6] };
  expect(splitForScale(two, 1, 2)).toEqual({ proxy: [4], others: [4] });
  expect(splitForScale(two, 2, 2)).toEqual({ proxy: [4, 6], others: [4, 6] });
  const four = { proxy: [0], others: [1, 2, 3] };
  expect(splitForScale(four, 1, 2)).toEqual({ proxy: [0], others: [2] });
  expect(splitForScale(four, 2, 2)).toEqual({ proxy: [0, 1], others: [2, 3] });
});

test("who runs where is told, and whether the proxy is alone there", () => {
  const shared = { proxy: [4, 6], others: [4, 6] };
  expect(isExclusive(shared)).toBe(false);
  expect(describeSplit(shared)).toBe("proxy, load and servers together on cores 4 and 6");
  const apart = { proxy: [0], others: [1, 2] };
  expect(isExclusive(apart)).toBe(true);
  expect(describeSplit(apart)).toBe("the proxy alone on core 0, load and servers on cores 1 and 2");
});

test("a command is pinned only where there is a core to pin it to", () => {
  const split = { proxy: [3, 5], others: [4] };
  expect(onProxyCores({ pinned: true, split }, ["nginx"])).toEqual(["taskset", "-c", "3,5", "nginx"]);
  expect(onProxyCores({ pinned: false, why: "" }, ["nginx"])).toEqual(["nginx"]);
});
