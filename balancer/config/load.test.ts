import { describe, expect, test } from "bun:test";
import { faultsOf, faultsWith, minimal } from "./config.fixture.ts";
import { type LoadResult, parseConfig } from "./load.ts";
import type { Config } from "./schema.ts";

function parsed(result: LoadResult): Config {
  if (!result.ok) throw new Error(result.faults.join("\n"));
  return result.config;
}

describe("a config", () => {
  test("needs no more than listeners and groups", () => {
    const config = parsed(parseConfig(JSON.stringify(minimal()), "lb.json"));
    expect(config.listeners[0]).toMatchObject({
      listen: { hostname: "0.0.0.0", port: 8080 },
      idleTimeout: 60_000,
    });
    expect(config.groups.g).toMatchObject({
      policy: { name: "ewma", decayMs: 10_000 },
      connectTimeout: 1000,
      responseTimeout: 30_000,
      targets: [{ id: "10.0.0.1:80", url: "http://10.0.0.1:80", weight: 1 }],
    });
  });

  test("of the design is taken as it stands, but for what speaks of later layers", () => {
    const text = `{
      "listeners": [
        { "name": "public", "protocol": "http", "listen": "0.0.0.0:8080", "status": "/status", "exposeTarget": true,
          "routes": [ { "path": "/cluster1", "group": "cluster1" }, { "path": "/cluster2", "group": "cluster2" } ] } ],
      "groups": {
        "cluster1": {
          "policy": { "name": "ewma", "decay": "10s" },
          "health": { "path": "/health", "interval": "2s", "timeout": "1s", "healthyAfter": 1, "unhealthyAfter": 3 },
          "targets": [ { "id": "i-1", "url": "http://10.0.1.10:8000", "weight": 1 } ] },
        "cluster2": { "policy": "round-robin", "targets": [ { "url": "http://10.0.2.10:8000" } ] } } }`;
    const { groups } = parsed(parseConfig(text, "lb.json"));
    expect(groups.cluster1?.health).toMatchObject({ interval: 2000, timeout: 1000, unhealthyAfter: 3 });
    expect(groups.cluster2?.policy).toEqual({ name: "round-robin" });
  });
});

describe("a fault is told with place, finding and expectation:", () => {
  const cases: readonly (readonly [string, readonly string[], string])[] = [
    [
      "an unknown key names the nearest",
      faultsWith({ statuss: "/" }),
      'listeners[0].statuss: found an unknown key, expected "status"',
    ],
    [
      "an unknown key of a policy",
      faultsWith({}, { policy: { name: "ewma", decai: "1s" } }),
      'groups.g.policy.decai: found an unknown key, expected "decay"',
    ],
    [
      "an unknown policy names the nearest",
      faultsWith({}, { policy: "round-robbin" }),
      'found "round-robbin", expected one of "round-robin"',
    ],
    ["a missing key", faultsWith({ name: undefined }), "listeners[0].name: found nothing, expected a string"],
    ["a wrong type", faultsWith({ name: 5 }), "listeners[0].name: found 5, expected a string"],
    [
      "a number out of range",
      faultsWith({}, { retries: 11 }),
      "groups.g.retries: found 11, expected at most 10",
    ],
    [
      "a weight of nothing",
      faultsWith({}, { targets: [{ url: "http://a", weight: 0 }] }),
      "groups.g.targets[0].weight: found 0, expected above 0",
    ],
    [
      "a duration without a unit",
      faultsWith({}, { connectTimeout: "1" }),
      'groups.g.connectTimeout: found "1", expected a duration',
    ],
    [
      "a duration of nothing",
      faultsWith({}, { connectTimeout: "0s" }),
      'found "0s", expected a duration above zero',
    ],
    [
      "a port that is none",
      faultsWith({ listen: ":65536" }),
      'listeners[0].listen: found ":65536", expected an address and a port',
    ],
    [
      "a target with a path",
      faultsWith({}, { targets: [{ url: "http://a/b" }] }),
      'groups.g.targets[0].url: found "http://a/b", expected http:// or https://',
    ],
    [
      "a group without a name",
      faultsWith({}, {}, { groups: { g: minimal().groups.g, "": minimal().groups.g } }),
      'groups[""]: found the key "", expected not to be empty',
    ],
    [
      "a group's name that every object has as a key",
      faultsWith({}, {}, { groups: { g: minimal().groups.g, constructor: minimal().groups.g } }),
      'groups.constructor: found the key "constructor", expected another name',
    ],
    [
      "a listener's name that every object has as a key",
      faultsWith({ name: "toString" }),
      'listeners[0].name: found "toString", expected another name',
    ],
    ["an empty list", faultsWith({ routes: [] }), "listeners[0].routes: found [], expected not to be empty"],
    [
      "a network that is none",
      faultsWith({ trustedProxies: ["10.0.0.0/99"] }),
      'listeners[0].trustedProxies[0]: found "10.0.0.0/99", expected an address or network',
    ],
    [
      "a group that does not exist",
      faultsWith({ routes: [{ group: "gg" }] }),
      'listeners[0].routes[0].group: found "gg", expected a group of this file (g); nearest: "g"',
    ],
    [
      "a group where there are none",
      faultsWith({}, {}, { groups: {} }),
      'listeners[0].routes[0].group: found "g", expected a group of this file, which has none',
    ],
    [
      "the wire edge with http2",
      faultsWith({ edge: "wire", http2: true, tls: { cert: "c", key: "k" } }),
      'listeners[0].edge: found "wire" beside `http2`, expected "serve" or "auto"',
    ],
    [
      "a limit of the wire edge on the serve edge",
      faultsWith({ edge: "serve", headTimeout: "5s" }),
      'listeners[0].headTimeout: found "5s" beside `edge` "serve", expected no such key: it is for the wire edge alone',
    ],
    [
      "more than the serve edge takes",
      faultsWith({ http2: true, tls: { cert: "c", key: "k" }, maxHeadBytes: 16_385 }),
      "listeners[0].maxHeadBytes: found 16385 beside `http2`, expected at most 16384: the serve edge takes no more",
    ],
    [
      "a limit of connections beside http3, whose connections nobody counts",
      faultsWith({ http3: true, tls: { cert: "c", key: "k" }, maxConnectionsPerClient: 5 }),
      "listeners[0].maxConnectionsPerClient: found 5 beside `http3`, expected no such key: connections by HTTP/3 can't be counted",
    ],
    [
      "http2 without tls",
      faultsWith({ http2: true }),
      "listeners[0].http2: found true without `tls`, expected `tls` beside it",
    ],
    [
      "the same route twice",
      faultsWith({ routes: [{ group: "g" }, { path: "/", group: "g" }] }),
      'listeners[0].routes[1].path: found "/" a second time',
    ],
    [
      "the same target twice",
      faultsWith({}, { targets: [{ url: "http://a" }, { url: "http://a:80" }] }),
      'groups.g.targets[1].id: found "a:80" a second time',
    ],
    [
      "a certificate without a name",
      faultsWith({
        tls: [
          { cert: "a", key: "a" },
          { cert: "b", key: "b" },
        ],
      }),
      "listeners[0].tls[1].serverName: found nothing",
    ],
    [
      "a text in place of an object",
      faultsWith({}, { targets: ["10.0.0.1:80"] }),
      'groups.g.targets[0]: found "10.0.0.1:80", expected an object with keys such as "id", "url", "weight"',
    ],
    [
      "a path with a star",
      faultsWith({ routes: [{ path: "/api/*", group: "g" }] }),
      'listeners[0].routes[0].path: found "/api/*", expected a prefix without "*"',
    ],
    [
      "TLS without certificates",
      faultsWith({ tls: true }),
      "listeners[0].tls: found true, expected an object with `cert` and `key`, or with `acme`",
    ],
    [
      "the name that a policy has elsewhere",
      faultsWith({}, { policy: "leastconn" }),
      'nearest: "least-connections"',
    ],
    ["no object at all", faultsOf([1]), "lb.json:1:1: (root): found [\n"],
  ];
  for (const [what, faults, expected] of cases) {
    test(what, () => {
      expect(faults).toHaveLength(1);
      expect(faults[0]).toContain(expected.replace("[\n", "[1]"));
      expect(faults[0]).toMatch(/^lb\.json:\d+:\d+: /);
    });
  }

  test("a name that no object can have as a key", () => {
    const group = JSON.stringify(minimal().groups.g);
    const text = JSON.stringify(minimal()).replace('"groups":{', `"groups":{"__proto__":${group},`);
    expect(faultsOf(text)).toEqual([
      expect.stringContaining('groups.__proto__: found the key "__proto__", expected another name'),
    ]);
  });

  test("a key that stands twice", () => {
    const text = JSON.stringify(minimal()).replace('"name":"public"', '"name":"public","name":"other"');
    expect(faultsOf(text)).toEqual([
      expect.stringContaining("listeners[0].name: found the key a second time, expected it once"),
    ]);
  });

  test("all of them at once, each on its line", () => {
    const faults = faultsWith(
      { statuss: 1, listen: "x" },
      { retries: -1, targets: [{ url: "x" }] },
      { more: 1 },
    );
    expect(faults.map((fault) => fault.replace(/^lb\.json:\d+:\d+: ([^:]+): .*/, "$1")).sort()).toEqual([
      "groups.g.retries",
      "groups.g.targets[0].url",
      "listeners[0].listen",
      "listeners[0].statuss",
      "more",
    ]);
  });
});

test("what is wrong between parts shows beside what is wrong within them", () => {
  const text = JSON.stringify({
    listeners: [{ name: "a", protocol: "http", listen: ":0", routes: [{ group: "wep" }], foo: 1 }],
    groups: { web: { targets: [{ url: "http://127.0.0.1:1" }, { url: "http://127.0.0.1:1" }] } },
  });
  const parsed = parseConfig(text, "lb.json");
  const fields = parsed.ok ? [] : parsed.faults.map((fault) => /^lb\.json:\d+:\d+: (\S+):/.exec(fault)?.[1]);
  expect(fields).toEqual(["listeners[0].foo", "listeners[0].routes[0].group", "groups.web.targets[1].id"]);
});
