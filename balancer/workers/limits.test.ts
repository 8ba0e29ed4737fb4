import { expect, test } from "bun:test";
import { parseConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { configOnPorts, configPerWorker, workerCount } from "./limits.ts";

function load(more: object) {
  const listener = { protocol: "http", listen: "127.0.0.1:0", routes: [{ group: "g" }] };
  const config = {
    listeners: [
      { ...listener, name: "a" },
      { ...listener, name: "b" },
    ],
    groups: { g: { targets: [{ url: "http://127.0.0.1:1" }], maxConnections: 100, maxQueue: 0 } },
    ...more,
  };
  return parseConfig(JSON.stringify(config), "lb.json");
}

function configWith(more: object): Config {
  const loaded = load(more);
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  return loaded.config;
}

test("one worker unless said otherwise, and for auto one for each core", () => {
  expect(workerCount(configWith({}).workers)).toBe(1);
  expect(workerCount(configWith({ workers: 3 }).workers)).toBe(3);
  expect(workerCount(configWith({ workers: "auto" }).workers)).toBe(navigator.hardwareConcurrency);
});

test.each([0, 257, 1.5, "all", true])("%p workers are none", (workers) => {
  const loaded = load({ workers });
  expect(loaded.ok ? [] : loaded.faults).toEqual([
    expect.stringMatching(/^lb\.json:1:\d+: workers: found .*, expected /),
  ]);
});

test("each worker gets its part of the limits of requests", () => {
  const limits = { maxRequests: 10, maxInGroup: 31, concurrency: { adaptive: true, min: 2, max: 100 } };
  const groups = { g: { targets: [{ url: "http://127.0.0.1:1" }], ...limits, retry: { minPerSecond: 9 } } };
  expect(configPerWorker(configWith({ groups }), 3).groups.g).toMatchObject({
    maxRequests: 4,
    maxInGroup: 11,
    concurrency: { min: 1, max: 34 },
    retry: { minPerSecond: 3, budget: 0.2 },
  });
});

test("each worker gets its part of the limits, rounded up, and the ports in use", () => {
  const config = configOnPorts(configPerWorker(configWith({}), 3), [4001, 4002]);
  expect(config.groups.g).toMatchObject({ maxConnections: 34, maxQueue: 0 });
  expect(config.listeners.map(({ listen }) => listen)).toEqual([
    { hostname: "127.0.0.1", port: 4001 },
    { hostname: "127.0.0.1", port: 4002 },
  ]);
});

test("each worker gets its part of what is the limit when none is given; tcp targets have none", () => {
  const groups = {
    g: { targets: [{ url: "http://127.0.0.1:1" }] },
    t: { targets: [{ url: "tcp://127.0.0.1:1" }] },
  };
  const listeners = [
    { name: "a", protocol: "http", listen: ":0", routes: [{ group: "g" }] },
    { name: "t", protocol: "tcp", listen: ":0", group: "t" },
  ];
  const config = configPerWorker(configWith({ groups, listeners }), 4);
  expect(config.groups.g?.maxConnections).toBe(256);
  expect(config.groups.t?.maxConnections).toBeUndefined();
});

test("each worker gets its part of a listener's connections", () => {
  const listeners = [
    { name: "a", protocol: "http", listen: ":0", routes: [{ group: "g" }], maxConnections: 100 },
    { name: "b", protocol: "http", listen: ":0", routes: [{ group: "g" }] },
  ];
  const parts = configPerWorker(configWith({ listeners }), 3).listeners;
  expect(parts.map((listener) => "maxConnections" in listener && listener.maxConnections)).toEqual([
    34,
    false,
  ]);
});
