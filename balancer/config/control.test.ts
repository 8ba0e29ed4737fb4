import { expect, test } from "bun:test";
import { fieldFaultsOf } from "./config.fixture.ts";
import { parseConfig } from "./load.ts";

const whole = (control: unknown, more: object = {}) => ({ listeners: [], groups: {}, control, ...more });
const parse = (control: unknown) => parseConfig(JSON.stringify(whole(control)), "lb.json");
const faultsOf = (control: unknown, more?: object) => fieldFaultsOf(whole(control, more));

test("with control a config needs no listener and no group", () => {
  expect(parse({ listen: ":8081" })).toMatchObject({
    ok: true,
    config: {
      control: {
        listen: { hostname: "0.0.0.0", port: 8081 },
        bind: "0.0.0.0",
        hello: 2000,
        timeout: 5000,
        ports: { first: 1, last: 65_535 },
        policy: { name: "least-connections" },
        registerTimeout: 10_000,
      },
    },
  });
});

test("without it an empty list of listeners is a fault", () => {
  expect(faultsOf(undefined)).toEqual(["listeners: found [], expected a listener, or `control` beside it"]);
});

test("all that may be said is taken", () => {
  const control = {
    listen: "127.0.0.1:8081",
    bind: "::1",
    hello: "100ms",
    timeout: "1s",
    token: "secret",
    allow: ["10.0.0.0/8", "::1"],
    policy: { name: "ewma", decay: "1s" },
    registerTimeout: "1m",
    maxConnections: 5,
    maxServers: 6,
  };
  expect(parse({ ...control, ports: "8000" })).toMatchObject({
    ok: true,
    config: { control: { bind: "::1", allow: control.allow, ports: { first: 8000, last: 8000 } } },
  });
  expect(parse({ ...control, ports: "1024-65535" })).toMatchObject({
    ok: true,
    config: { control: { ports: { first: 1024, last: 65_535 } } },
  });
});

test.each([
  [{}, "control.listen: found nothing, expected "],
  [
    { bind: "localhost" },
    'control.bind: found "localhost", expected an IP address such as "0.0.0.0" or "::"',
  ],
  [{ allow: ["10.0.0.0/33"] }, 'control.allow[0]: found "10.0.0.0/33", expected an address or network'],
  [{ allow: [] }, "control.allow: found [], expected not to be empty"],
  [{ token: "" }, 'control.token: found "", expected not to be empty'],
  [{ ports: "0-80" }, 'control.ports: found "0-80", expected a port or a range of ports from 1 to 65535'],
  [{ ports: "90-80" }, 'control.ports: found "90-80", expected a port or a range of ports'],
  [{ ports: "1-65536" }, 'control.ports: found "1-65536", expected a port or a range of ports'],
  [{ helo: "1s" }, 'control.helo: found an unknown key, expected "hello"'],
  [{ policy: "least-load" }, 'control.policy: found "least-load", expected another policy'],
  [{ maxServers: 0 }, "control.maxServers: found 0, expected at least 1"],
])("a fault is named: %j", (more, expected) => {
  const listen = Object.keys(more).length === 0 ? {} : { listen: ":8081" };
  expect(faultsOf({ ...listen, ...more })).toEqual([expect.stringContaining(expected)]);
});
