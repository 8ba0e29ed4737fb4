import { expect, test } from "bun:test";
import fc from "fast-check";
import { onProxyCore, parseCoreList, splitCores } from "./cores.ts";

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
      if (split !== undefined) expect([split.proxy, ...split.others]).toEqual(cores);
    }),
  );
});

test("a command is pinned only where there is a core to pin it to", () => {
  const split = { proxy: 3, others: [4] };
  expect(onProxyCore({ pinned: true, split }, ["nginx"])).toEqual(["taskset", "-c", "3", "nginx"]);
  expect(onProxyCore({ pinned: false, why: "" }, ["nginx"])).toEqual(["nginx"]);
});
