import { describe, expect, test } from "bun:test";
import { systemClock } from "../../cluster/clock.ts";
import { okWith, RawOrigin, type Respond } from "../../testing/raw-origin.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { until } from "../../testing/until.ts";
import { endpointOf } from "../upstream/endpoint.ts";
import { type ProbeResult, Prober } from "./probe.ts";

const opened = stopAfterEach();

/** What a probe of a target that does this finds; told twice, it throws. */
async function probe(respond: Respond): Promise<ProbeResult> {
  const origin = opened(await RawOrigin.start(respond));
  const { promise, resolve } = Promise.withResolvers<ProbeResult>();
  let told = 0;
  new Prober(systemClock, 100).get(endpointOf(origin.url, undefined), undefined, "/health?x", (result) => {
    if (++told > 1) throw new Error("told twice");
    resolve(result);
  });
  const result = await promise;
  await until("the target is left", () => origin.open === 0);
  return result;
}

describe("a probe leaves its target again, after", () => {
  test("an answer", async () => {
    const result = await probe((request, connection) => connection.send(okWith(request.target)));
    expect(result).toMatchObject({ kind: "answered", head: { status: 200 }, text: "/health?x" });
  });

  for (const [what, respond, fault] of [
    ["no answer in time", () => {}, "no answer in time"],
    ["a close", (_request, connection) => connection.close(), "reset: closed before an answer"],
    [
      "garbage",
      (_request, connection) => connection.send("SSH-2.0\r\n"),
      'protocol: an answer that begins with "SSH-"',
    ],
    [
      "a switch of protocols",
      (_request, connection) => connection.send("HTTP/1.1 101 X\r\nupgrade: x\r\n\r\n"),
      "protocol: 101 to a probe",
    ],
  ] as const satisfies readonly (readonly [string, Respond, string])[]) {
    test(what, async () => {
      expect(await probe(respond)).toEqual({ kind: "failed", fault });
    });
  }
});
