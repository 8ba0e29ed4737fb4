import { describe, expect, test } from "bun:test";
import { fieldFaultsOf as faultsOf, type Json } from "./config.fixture.ts";
import { parseConfig } from "./load.ts";

const config = (listener: Json = {}, group: Json = {}) => ({
  listeners: [{ name: "l", protocol: "tcp", listen: ":5432", group: "g", ...listener }],
  groups: { g: { targets: [{ url: "tcp://10.0.0.1:5432" }], ...group } },
});

const udp = { protocol: "udp" };
const udpTargets = { targets: [{ url: "udp://10.0.0.1:53" }] };
const certificate = { cert: "c.pem", key: "k.pem" };

describe("a config for TCP and UDP", () => {
  test("needs no more than a listener and its group", () => {
    expect(parseConfig(JSON.stringify(config()), "lb.json")).toMatchObject({
      ok: true,
      config: {
        listeners: [{ protocol: "tcp", group: "g", idleTimeout: 600_000, acceptProxyProtocol: false }],
        groups: {
          g: { targets: [{ id: "10.0.0.1:5432", url: "tcp://10.0.0.1:5432" }], closeOnRemove: false },
        },
      },
    });
    expect(parseConfig(JSON.stringify(config(udp, udpTargets)), "lb.json")).toMatchObject({
      ok: true,
      config: { listeners: [{ protocol: "udp", idleTimeout: 30_000, maxSessions: 65_536 }] },
    });
  });

  test("may have TCP and UDP on the same port", () => {
    const { listeners, groups } = config();
    const both = {
      listeners: [...listeners, { name: "u", protocol: "udp", listen: ":5432", group: "u" }],
      groups: { ...groups, u: udpTargets },
    };
    expect(faultsOf(both)).toEqual([]);
    const twice = { ...both, listeners: [...both.listeners, { ...both.listeners[1], name: "v" }] };
    expect(faultsOf(twice)).toEqual([
      'listeners[2].listen: found "udp 0.0.0.0:5432" a second time, expected another address or port (it is that of listeners[1] too)',
    ]);
  });

  test("has a port of its own for each that listens", () => {
    const listen = "127.0.0.1:5432";
    const root = { ...config({ listen }), control: { listen }, admin: { listen } };
    const expected = "expected another address or port (it is that of listeners[0] too)";
    expect(faultsOf(root)).toEqual([
      `control.listen: found "${listen}" a second time, ${expected}`,
      `admin.listen: found "${listen}" a second time, ${expected}`,
    ]);
  });

  test.each([
    [
      "a protocol that is none",
      config({ protocol: "tpc" }),
      'listeners[0].protocol: found "tpc", expected one of "http", "tcp", "udp"; nearest: "tcp"',
    ],
    [
      "a key of another protocol",
      config({ maxSessions: 5 }),
      'listeners[0].maxSessions: found an unknown key, expected one of "name", "protocol"',
    ],
    [
      "a group that does not exist",
      config({ group: "gg" }),
      'listeners[0].group: found "gg", expected a group of this file (g); nearest: "g"',
    ],
    [
      "a group that speaks something else",
      config(udp),
      'listeners[0].group: found "g", whose targets speak tcp, expected a group with udp:// targets',
    ],
    [
      "a group of tcp targets for a route",
      config({ protocol: "http", group: undefined, routes: [{ group: "g" }] }),
      'listeners[0].routes[0].group: found "g", whose targets speak tcp, expected a group with http:// targets',
    ],
    [
      "targets of two protocols in a group",
      config({}, { targets: [{ url: "tcp://a:1" }, { url: "http://b:2" }] }),
      'groups.g.targets[1].url: found "http://b:2", expected tcp:// as the first target of the group has',
    ],
    [
      "a target without a port",
      config({}, { targets: [{ url: "tcp://a" }] }),
      'groups.g.targets[0].url: found "tcp://a", expected http:// or https:// with a host and no path',
    ],
    [
      "a key for http",
      config({}, { retries: 1 }),
      "groups.g.retries: found 1 beside tcp targets, expected no such key: it is for http targets alone",
    ],
    [
      "a limit of requests",
      config({}, { maxRequests: 1 }),
      "groups.g.maxRequests: found 1 beside tcp targets, expected no such key: it is for http targets alone",
    ],
    [
      "a key for tcp",
      config(udp, { ...udpTargets, sendProxyProtocol: "v2" }),
      'groups.g.sendProxyProtocol: found "v2" beside udp targets, expected no such key: it is for tcp targets alone',
    ],
    [
      "a path to be asked",
      config({}, { health: { path: "/health" } }),
      'groups.g.health.path: found "/health" beside tcp targets, expected no such key: it is for http targets alone',
    ],
    [
      "a policy that asks for loads",
      config({}, { policy: "least-load" }),
      'groups.g.policy: found "least-load" beside tcp targets, expected another policy: only http targets tell their load',
    ],
    [
      "a hash of what there is not",
      config({}, { policy: { name: "hash", on: "cookie:a" } }),
      'groups.g.policy.on: found "cookie:a" beside tcp targets, expected "ip"',
    ],
    [
      "trusted proxies without their header",
      config({ trustedProxies: ["10.0.0.0/8"] }),
      'listeners[0].trustedProxies: found ["10.0.0.0/8"] without `acceptProxyProtocol`, expected `acceptProxyProtocol` true beside it',
    ],
    [
      "several certificates",
      config({ tls: [certificate, { ...certificate, serverName: "b.example" }] }),
      "listeners[0].tls: found 2 certificates, expected one",
    ],
  ])("has one fault: %s", (_, root, fault) => {
    const faults = faultsOf(root);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toStartWith(fault);
  });
});
