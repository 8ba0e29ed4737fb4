import { expect, test } from "bun:test";
import { EdgeFixture } from "../../testing/edge-fixture.ts";
import { okWith, RawOrigin } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import { startServeEdge } from "./serve-edge.ts";

/** `Bun.serve` looks for idle connections every 4 s or so: the tests wait for that at the same time. */
const waitMs = 15_000;
const testTimeoutMs = 20_000;

/** A target that holds what is asked of `/held`. */
async function start() {
  const held: (() => void)[] = [];
  const origin = await RawOrigin.start(({ target }, connection) => {
    const answer = () => connection.send(okWith("hi"));
    if (target === "/held") held.push(answer);
    else answer();
  });
  const edge = EdgeFixture.start(startServeEdge, { targets: [origin.url], listener: { idleTimeout: "1s" } });
  const finish = async () => {
    const lines = await edge.finish();
    origin.stop();
    return lines;
  };
  return { edge, finish, origin, held };
}

test.concurrent(
  "a client that waits for its answer is not idle, while one that has had it is",
  async () => {
    const { edge, finish, held } = await start();
    const waiting = await edge.client();
    waiting.request("GET", "/held");
    await until("the target has it", () => held.length === 1);
    const idle = await edge.client();
    expect((await idle.ask("GET", "/")).status).toBe(200);
    await idle.wait("the close", () => idle.isClosed || undefined, waitMs);
    held[0]?.();
    await waiting.wait("the answer", () => waiting.received.includes("hi") || undefined, waitMs);
    await finish();
  },
  testTimeoutMs,
);

for (const [what, line] of [
  ["small", "content-length: 10"],
  ["large", "content-length: 100000"],
  ["chunked", "transfer-encoding: chunked"],
] as const) {
  test.concurrent(
    `a client that stops in the middle of a ${what} body is idle`,
    async () => {
      const { edge, finish, origin } = await start();
      const client = await edge.client();
      client.request("POST", "/", [line], "3\r\n");
      await client.wait("the close", () => client.isClosed || undefined, waitMs);
      await finish();
      expect(origin.requests).toEqual([]);
    },
    testTimeoutMs,
  );
}
