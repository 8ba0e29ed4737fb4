import { expect, test } from "bun:test";
import fc from "fast-check";
import { type AdminRoute, matchRoute } from "./route.ts";

const handle = () => new Response();
const routes: readonly AdminRoute[] = [
  { method: "GET", path: "/status", access: "read", handle },
  { method: "POST", path: "/groups/:group/targets/:target/drain", access: "change", handle },
  { method: "PUT", path: "/status", access: "change", handle },
];

test("a path matches by its segments, and what stands for names is decoded", () => {
  expect(matchRoute(routes, "HEAD", "/status")).toMatchObject({ kind: "found", route: routes[0] });
  expect(matchRoute(routes, "POST", "/groups/a%20b/targets/10.0.0.1:80/drain")).toMatchObject({
    kind: "found",
    params: { group: "a b", target: "10.0.0.1:80" },
  });
});

test("a path that is known for other methods is told apart from one that is not", () => {
  expect(matchRoute(routes, "DELETE", "/status")).toEqual({ kind: "otherMethods", methods: ["GET", "PUT"] });
  for (const path of ["/", "/status/", "/statu", "/groups//targets/x/drain", "/groups/%zz/targets/x/drain"])
    expect(matchRoute(routes, "POST", path)).toEqual({ kind: "none" });
});

test("any name comes back as it was encoded", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (group, target) => {
      const path = `/groups/${encodeURIComponent(group)}/targets/${encodeURIComponent(target)}/drain`;
      expect(matchRoute(routes, "POST", path)).toMatchObject({ kind: "found", params: { group, target } });
    }),
  );
});
