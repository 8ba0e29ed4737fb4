import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { readMessage } from "./message.ts";

const read = (message: unknown) => readMessage(JSON.stringify(message));
const faultOf = (text: string) => {
  const result = readMessage(text);
  return result.ok ? "none" : result.fault;
};
const faultIn = (message: unknown) => faultOf(JSON.stringify(message));

describe("reads", () => {
  test("a registration", () => {
    expect(read({ cmd: "register", protocol: "tcp", port: 80 })).toEqual({
      ok: true,
      message: { kind: "register", registration: { protocol: "tcp", port: 80, weight: 1 } },
    });
  });

  test("a registration with all that it may say", () => {
    const registration = {
      protocol: "api",
      port: 65_535,
      weight: 2.5,
      id: "i-1",
      policy: "least-load",
      token: "secret",
    };
    expect(read({ cmd: "register", ...registration })).toMatchObject({
      ok: true,
      message: { kind: "register", registration },
    });
  });

  test("the end of one, and the answer to hello", () => {
    expect(read({ port: 53, protocol: "udp", cmd: "unregister" })).toEqual({
      ok: true,
      message: { kind: "unregister", name: { protocol: "udp", port: 53 } },
    });
    const registered = { protocol: "tcp", port: 53, weight: 2, id: "i-1", policy: "ewma", token: "secret" };
    expect(read({ ...registered, cmd: "unregister" })).toEqual({
      ok: true,
      message: { kind: "unregister", name: { protocol: "tcp", port: 53 } },
    });
    expect(read({ ack: "hello" })).toEqual({ ok: true, message: { kind: "hello" } });
    expect(read({ ack: "hello", load: 0.5 })).toEqual({ ok: true, message: { kind: "hello" } });
  });
});

describe("says of", () => {
  const register = { cmd: "register", protocol: "tcp", port: 80 };

  test("what is no JSON where it is not", () => {
    expect(faultOf('{"cmd":register}')).toStartWith(
      'found {"cmd":register}, which is no JSON: JSON Parse error: ',
    );
    expect(faultOf(`{${"x".repeat(1000)}}`)).toStartWith(`found {${"x".repeat(56)}..., which is no JSON: `);
  });

  test("what has neither command nor ack what it could be", () => {
    expect(faultIn({})).toBe(
      'found {}, expected {"cmd":"register",…}, {"cmd":"unregister",…} or {"ack":"hello"}',
    );
  });

  test.each([
    ["unknown command", { cmd: "reboot" }, 'cmd: found "reboot", expected "register" or "unregister"'],
    ["command of another kind", { cmd: 7 }, 'cmd: found 7, expected "register" or "unregister"'],
    ["ack of something else", { ack: "bye" }, 'ack: found "bye", expected "hello"'],
    [
      "unknown protocol",
      { ...register, protocol: "sctp" },
      'protocol: found "sctp", expected one of "tcp", "udp", "api"',
    ],
    ["port 0", { ...register, port: 0 }, "port: found 0, expected a whole number from 1 to 65535"],
    [
      "port too high",
      { ...register, port: 65_536 },
      "port: found 65536, expected a whole number from 1 to 65535",
    ],
    [
      "port as a text",
      { ...register, port: "80" },
      'port: found "80", expected a whole number from 1 to 65535',
    ],
    ["broken port", { ...register, port: 80.5 }, "port: found 80.5, expected a whole number from 1 to 65535"],
    [
      "missing port",
      { cmd: "unregister", protocol: "tcp" },
      "port: found nothing, expected a whole number from 1 to 65535",
    ],
    ["weight 0", { ...register, weight: 0 }, "weight: found 0, expected at least 0.01"],
    [
      "id with a blank",
      { ...register, id: "a b" },
      'id: found "a b", expected 1 to 128 visible ASCII characters',
    ],
    [
      "policy that needs HTTP",
      { ...register, policy: "least-load" },
      'policy: found "least-load" beside tcp, expected another: only api servers tell their load',
    ],
    ["unknown key", { ...register, wieght: 2 }, 'wieght: found an unknown key, expected "weight"'],
  ])("%s what was found and expected", (_, message, expected) => {
    expect(faultIn(message)).toContain(expected);
  });

  test("several faults all of them", () => {
    expect(faultIn({ cmd: "register", protocol: "tpc", port: 0 })).toBe(
      'protocol: found "tpc", expected one of "tcp", "udp", "api"; nearest: "tcp"; port: found 0, expected a whole number from 1 to 65535',
    );
  });
});

test("any object is read or refused with a reason of bounded length", () => {
  const keys = fc.constantFrom("cmd", "ack", "protocol", "port", "weight", "id", "policy", "token", "x");
  const values = fc.oneof(
    fc.constantFrom<unknown>("register", "unregister", "hello", "tcp", "udp", "api", "ewma", 80),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fc.dictionary(keys, values, { noNullPrototype: true }), (object) => {
      const result = read(object);
      if (!result.ok) {
        expect(result.fault.length).toBeGreaterThan(10);
        expect(result.fault.length).toBeLessThanOrEqual(500);
      }
    }),
    { numRuns: 1000 },
  );
});

test("objects nested as deep as a message may be long are read or refused as well", () => {
  expect(faultOf(`${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`)).toStartWith("found {");
});
