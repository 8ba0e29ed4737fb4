import { expect, test } from "bun:test";
import { EdgeFixture } from "../../testing/edge-fixture.ts";
import { okWith, RawOrigin } from "../../testing/raw-origin.ts";
import { startServeEdge } from "./serve-edge.ts";

/** `Bun.serve` looks for idle connections every 4 s or so: the tests wait for that at the same time. */
const waitMs = 15_000;
const testTimeoutMs = 20_000;

async function start(respond: (send: () => void) => void) {
  const origin = await RawOrigin.start((_request, connection) =>
    respond(() => connection.send(okWith("hi"))),
  );
  const edge = EdgeFixture.start(startServeEdge, { targets: [origin.url], listener: { idleTimeout: "1s" } });
  const client = await edge.client();
  const finish = async () => {
    const lines = await edge.finish();
    origin.stop();
    return lines;
  };
  return { client, finish, origin };
}

test.concurrent(
  "an idle client connection is closed, also after a slow answer",
  async () => {
    const { client, finish } = await start((send) => setTimeout(send, 50));
    expect((await client.ask("GET", "/")).status).toBe(200);
    await client.wait("the close", () => client.isClosed || undefined, waitMs);
    await finish();
  },
  testTimeoutMs,
);

test.concurrent(
  "a client that waits for its answer is not idle",
  async () => {
    const { client, finish } = await start((send) => setTimeout(send, 6000));
    client.request("GET", "/");
    await client.wait("the answer", () => client.received.includes("hi") || undefined, waitMs);
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
      const { client, finish, origin } = await start((send) => send());
      client.request("POST", "/", [line], "3\r\n");
      await client.wait("the close", () => client.isClosed || undefined, waitMs);
      await finish();
      expect(origin.requests).toEqual([]);
    },
    testTimeoutMs,
  );
}
