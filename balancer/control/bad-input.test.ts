import { beforeEach, expect, test } from "bun:test";
import fc from "fast-check";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { ControlFixture, failed, registering, successful, unregistering } from "./control.fixture.ts";

const started = stopAfterEach();
let fixture: ControlFixture;
beforeEach(() => {
  fixture = started(new ControlFixture());
});

test.each([
  ["no JSON", "hello\n", 'found "h", expected a JSON object'],
  ["a list", "[]\n", 'found "[", expected a JSON object'],
  ["broken JSON", '{"cmd":}', 'found {"cmd":}, which is no JSON: '],
  ["an unknown command", '{"cmd":"reboot"}', 'cmd: found "reboot", expected "register" or "unregister"'],
  [
    "an unknown protocol",
    JSON.stringify(registering(80, { protocol: "sctp" })),
    'protocol: found "sctp", expected ',
  ],
  ["a port out of range", JSON.stringify(registering(70_000)), "port: found 70000, expected a whole number"],
  [
    "an object over 64 KiB",
    `{"cmd":"${"x".repeat(70_000)}"}`,
    "found an object over 65536 bytes, expected at most",
  ],
  ["what was never registered", JSON.stringify(unregistering(80)), "found tcp/80, expected a port that was "],
])("%s gets a reason, and the connection goes on", async (_, text, reason) => {
  const client = await fixture.client();
  expect(await client.ask(text)).toEqual(failed(expect.stringContaining(reason)));
  expect(await client.ask(registering(80))).toEqual(successful);
});

test("a server that reads none of its replies is given up, not served for ever", async () => {
  const client = await fixture.client();
  await client.ask(registering(80));
  client.socket.pause();
  const flood = "x\n".repeat(20_000);
  await until(
    "it is given up",
    () => {
      client.send(flood);
      return fixture.states.length === 0;
    },
    20_000,
  );
});

/** One message with bytes changed, taken out or put in. */
const mutated = fc
  .tuple(
    fc.constantFrom<object>(
      registering(80),
      registering(81, { weight: 3, id: "i-1", policy: "ewma", token: "t" }),
      registering(82, { protocol: "udp" }),
      unregistering(80),
      { ack: "hello" },
    ),
    fc.array(
      fc.record({
        at: fc.nat(100),
        removed: fc.nat(3),
        inserted: fc.oneof(
          fc.constantFrom(...'{}[]":,\\\n \u0000é', "NaN", "-1", "1e999", "null", '{"a":'),
          fc.string({ unit: "binary", maxLength: 3 }),
        ),
      }),
      { maxLength: 4 },
    ),
  )
  .map(([message, changes]) =>
    changes.reduce(
      (text, { at, removed, inserted }) => text.slice(0, at) + inserted + text.slice(at + removed),
      JSON.stringify(message),
    ),
  );

test("10 000 mutated messages, however they are cut, harm no other server", async () => {
  const neighbour = await fixture.client("127.0.0.2");
  await neighbour.ask(registering(8000));
  const messages = fc.sample(mutated, { numRuns: 10_000, seed: 4 });
  const perConnection = 100;
  for (let from = 0; from < messages.length; from += perConnection) {
    const client = await fixture.client("127.0.0.3");
    for (const message of messages.slice(from, from + perConnection)) {
      const cut = message.length >> 1;
      client.send(message.slice(0, cut));
      client.send(message.slice(cut));
    }
    client.socket.end();
    await client.closed();
  }
  await fixture.untilStates("tcp/8000: 127.0.0.2:8000");
  expect(await neighbour.ask(registering(8001))).toEqual(successful);
  expect(fixture.server.connectionCount).toBe(1);
  const open = fixture.opened.filter(({ isDraining }) => !isDraining);
  expect(open.map(({ request }) => request.label)).toEqual(["tcp/8000", "tcp/8001"]);
});
