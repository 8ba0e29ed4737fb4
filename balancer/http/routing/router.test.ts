import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createRouter, type RoutePattern, stripPrefix } from "./router.ts";

/** The rule in its plainest form: of all routes that fit, the most exact host, then the longest path. */
function naiveMatch(routes: readonly RoutePattern[], host: string, path: string): RoutePattern | undefined {
  const name = host.toLowerCase().replace(/:\d*$/, "");
  const exactness = (route: RoutePattern): number => {
    if (route.host === undefined) return 0;
    if (!route.host.startsWith("*.")) return route.host === name ? 1000 : -1;
    return name.endsWith(route.host.slice(1)) ? route.host.length : -1;
  };
  const segments = (text: string) => text.replace(/\/$/, "").split("/");
  const fits = (route: RoutePattern) => {
    // A trailing slash asks for something below the path.
    if (route.path.endsWith("/") && !path.startsWith(route.path)) return false;
    const wanted = segments(route.path);
    return segments(path).slice(0, wanted.length).join("/") === wanted.join("/");
  };
  return routes
    .filter((route) => exactness(route) >= 0 && fits(route))
    .sort((a, b) => exactness(b) - exactness(a) || b.path.length - a.path.length)[0];
}

const segment = fc.constantFrom("a", "ab", "b", "", "%61");
const path = fc.array(segment, { maxLength: 4 }).map((all) => `/${all.join("/")}`);
const name = fc.constantFrom("example.com", "www.example.com", "a.www.example.com", "other.com", "com");
const pattern = fc.oneof(name, fc.constantFrom("*.example.com", "*.com", "*.www.example.com"));
const routes: fc.Arbitrary<RoutePattern[]> = fc.uniqueArray(
  fc.record({ path, host: fc.option(pattern, { nil: undefined }) }),
  {
    maxLength: 8,
    selector: (route) => `${route.host} ${route.path}`,
  },
);
const hostField = fc
  .tuple(name, fc.constantFrom("", ":80", ":8443"), fc.boolean())
  .map(([host, port, isUpper]) => (isUpper ? host.toUpperCase() : host) + port);

test("finds what the plain rule finds", () => {
  fc.assert(
    fc.property(routes, hostField, path, (all, host, requested) => {
      expect(createRouter(all).match(host, requested)).toEqual(naiveMatch(all, host, requested));
    }),
    { numRuns: 2000 },
  );
});

describe("a path", () => {
  const router = createRouter([{ path: "/cluster1" }, { path: "/cluster1/deep" }, { path: "/slash/" }]);
  for (const [requested, found] of [
    ["/cluster1", "/cluster1"],
    ["/cluster1/", "/cluster1"],
    ["/cluster1/x", "/cluster1"],
    ["/cluster1/deep/x", "/cluster1/deep"],
    ["/cluster1/deeper", "/cluster1"],
    ["/cluster10", undefined],
    ["/Cluster1", undefined],
    ["/slash/x", "/slash/"],
    ["/slash", undefined],
    ["/", undefined],
  ] as const) {
    test(`${requested} goes to ${found ?? "no route"}`, () => {
      expect(router.match("h", requested)?.path).toBe(found);
    });
  }
});

test("an address in brackets is a host like any other", () => {
  const router = createRouter([{ path: "/", host: "[::1]" }]);
  for (const host of ["[::1]", "[::1]:8080"]) expect(router.match(host, "/")).toBeDefined();
});

test("stripping a prefix leaves a path that begins with a slash, and the rest as it was", () => {
  const rest = fc.tuple(path, fc.constantFrom("", "?", "?q=/a")).map(([below, query]) => below + query);
  fc.assert(
    fc.property(fc.constantFrom("/api", "/api/", "/api/v1"), rest, (prefix, below) => {
      expect(stripPrefix(prefix, prefix.replace(/\/$/, "") + below)).toBe(below);
    }),
  );
  expect(stripPrefix("/api", "/api")).toBe("/");
  expect(stripPrefix("/api", "/api?q")).toBe("/?q");
});
