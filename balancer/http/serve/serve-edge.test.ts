import { expect, test } from "bun:test";
import { edgeUnderTest } from "../cases/edge-under-test.ts";
import { describeEdge } from "../edge.cases.ts";
import { startServeEdge } from "./serve-edge.ts";

describeEdge("serve", startServeEdge);

const { open, finish } = edgeUnderTest(startServeEdge);

test("a short answer that breaks off while it is gathered becomes a 502", async () => {
  const scene = await open((_request, connection) => {
    connection.send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello");
    connection.close();
  });
  expect((await scene.client.ask("GET", "/")).status).toBe(502);
  await finish(scene);
});
