import { describe, expect, test } from "bun:test";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { addressCheck, isReachedAt, isRightToken, plainAddress } from "./access.ts";
import { ControlFixture, failed, registering, successful } from "./control.fixture.ts";

const started = stopAfterEach();

describe("who may connect", () => {
  const allowed = [
    "127.0.0.1",
    "10.1.2.3",
    "172.31.0.1",
    "192.168.9.9",
    "::1",
    "fd00::1",
    "fe80::1",
    "169.254.1.1",
  ];
  const others = ["8.8.8.8", "172.32.0.1", "100.64.0.1", "2001:db8::1", "no address", ""];

  test("without rules private and loopback addresses", () => {
    const check = addressCheck({});
    expect(allowed.filter((address) => !check(address))).toEqual([]);
    expect(others.filter(check)).toEqual([]);
  });

  test("with a token anybody, with networks only those in them, with a token as well", () => {
    expect(addressCheck({ token: "x" })("8.8.8.8")).toBeTrue();
    for (const token of [undefined, "x"]) {
      const check = addressCheck({ token, allow: ["8.8.8.0/24"] });
      expect([check("8.8.8.8"), check("8.8.9.8"), check("127.0.0.1")]).toEqual([true, false, false]);
    }
  });

  test("others are told so and closed", async () => {
    const fixture = started(new ControlFixture({ allow: ["127.0.0.2"] }));
    const [good, bad] = [await fixture.client("127.0.0.2"), await fixture.client("127.0.0.3")];
    expect(await bad.next()).toEqual(
      failed("found a connection from 127.0.0.3, expected one from a network that may register"),
    );
    await bad.closed();
    expect(await good.ask(registering(80))).toEqual(successful);
  });

  test("so many at once, whoever they are", async () => {
    const fixture = started(new ControlFixture({ maxConnections: 2 }));
    const clients = [await fixture.client(), await fixture.client()];
    for (const [index, client] of clients.entries()) await client.ask(registering(80 + index));
    const third = await fixture.client();
    expect(await third.next()).toEqual(failed("found 2 control connections open, expected fewer"));
    await third.closed();
    expect(await clients[0]?.ask(registering(90))).toEqual(successful);
  });
});

describe("the token", () => {
  test("has to be right", () => {
    expect(isRightToken(undefined, {})).toBeTrue();
    expect(isRightToken("secret", { token: "secret" })).toBeTrue();
    for (const given of [undefined, "", "secre", "secrets", "Secret"])
      expect(isRightToken(given, { token: "secret" })).toBeFalse();
  });

  test("is asked for at each registration", async () => {
    const fixture = started(new ControlFixture({ token: "secret" }));
    const client = await fixture.client();
    expect(await client.ask(registering(80))).toEqual(
      failed("token: found none, expected the configured one"),
    );
    expect(await client.ask(registering(80, { token: "guess" }))).toEqual(
      failed("token: found a wrong one, expected the configured one"),
    );
    expect(fixture.states).toEqual([]);
    expect(await client.ask(registering(80, { token: "secret" }))).toEqual(successful);
  });
});

test("an IPv4 address mapped into IPv6 is an IPv4 address", () => {
  expect(plainAddress("::ffff:127.0.0.2")).toBe("127.0.0.2");
  expect(plainAddress("::1")).toBe("::1");
});

test("a port is reached at the address that it is bound to, or at all of the machine's", () => {
  expect(isReachedAt("127.0.0.1", "127.0.0.1")).toBeTrue();
  expect(isReachedAt("127.0.0.1", "127.0.0.2")).toBeFalse();
  for (const bind of ["0.0.0.0", "::"]) {
    expect(isReachedAt(bind, "127.0.0.2")).toBeTrue();
    expect(isReachedAt(bind, "10.99.99.99")).toBeFalse();
  }
});
