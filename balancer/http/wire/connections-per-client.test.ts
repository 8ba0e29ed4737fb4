import { expect, test } from "bun:test";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

const { open, finish } = edgeUnderTest(startWireEdge);

test("a client's further connections are closed, until one of it has ended", async () => {
  const scene = await open(ok, { listener: { maxConnectionsPerClient: 2 } });
  const second = await scene.edge.client();
  expect((await second.ask("GET", "/")).status).toBe(200);
  const third = await scene.edge.client();
  await third.closed();
  second.close();
  await second.closed();
  for (;;) {
    const again = await scene.edge.client();
    again.request("GET", "/");
    const answer = await again.answer().catch(() => undefined);
    if (answer?.status === 200) {
      // `finish` asks for the status over a connection of its own.
      again.close();
      break;
    }
  }
  scene.client.close();
  await scene.client.closed();
  await finish(scene);
});

test("a trusted proxy may have any number", async () => {
  const scene = await open(ok, { listener: { maxConnectionsPerClient: 1, trustedProxies: ["127.0.0.0/8"] } });
  for (let opened = 0; opened < 5; opened++) {
    const client = await scene.edge.client();
    expect((await client.ask("GET", "/")).status).toBe(200);
  }
  await finish(scene);
});
