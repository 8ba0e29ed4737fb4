import { expect, test } from "bun:test";
import { knownKeysAt } from "./known-keys.ts";
import { nearest } from "./nearest.ts";
import { otherNames } from "./other-names.ts";
import { configJsonSchema } from "./schema.ts";

const config = {
  listeners: [{ protocol: "http", routes: [{}], tls: {} }],
  groups: { web: { targets: [{}], health: {} } },
};

test.each([
  ["nginx", "servers", ["groups", "web"], "targets"],
  ["nginx", "upstream", [], "groups"],
  ["nginx", "worker_processes", [], "workers"],
  ["nginx", "proxy_pass", ["listeners", 0, "routes", 0], "group"],
  ["nginx", "client_max_body_size", ["listeners", 0], "maxBodyBytes"],
  ["nginx", "ssl_certificate", ["listeners", 0, "tls", 0], "cert"],
  ["nginx", "backup", ["groups", "web", "targets", 0], "priority"],
  ["HAProxy", "bind", ["listeners", 0], "listen"],
  ["HAProxy", "balance", ["groups", "web"], "policy"],
  ["HAProxy", "maxconn", ["listeners", 0], "maxConnections"],
  ["HAProxy", "fall", ["groups", "web", "health"], "unhealthyAfter"],
  ["Caddy", "lb_policy", ["groups", "web"], "policy"],
  ["Caddy", "dial", ["groups", "web", "targets", 0], "url"],
] as const)("of %s's %s at %p the nearest key is %s", (_, word, path, key) => {
  expect(nearest(word, knownKeysAt(config, path))).toBe(key);
});

const policies = ["round-robin", "random", "least-connections", "ewma", "least-load", "hash"];

test.each([
  ["least_conn", "least-connections"],
  ["leastconn", "least-connections"],
  ["ip_hash", "hash"],
  ["source", "hash"],
  ["round_robbin", "round-robin"],
])("of the policy %s the nearest is %s", (word, policy) => {
  expect(nearest(word, policies)).toBe(policy);
});

test("only words of lb.json are named", () => {
  const schema = JSON.stringify(configJsonSchema());
  const named = new Set([...otherNames.values()].flat());
  expect([...named].filter((name) => !schema.includes(JSON.stringify(name)))).toEqual([]);
});
