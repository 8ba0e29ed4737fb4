import { expect, test } from "bun:test";
import { okWith } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
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

test("an answer without a Content-Type gets none, though it costs a longer one its length", async () => {
  const scene = await open((request, connection) =>
    connection.send(okWith("x".repeat(request.target === "/long" ? 1000 : 100))),
  );
  const kept = async (target: string) => {
    const { fields, body } = await scene.client.ask("GET", target);
    return [...fields.map(([name]) => name.toLowerCase()).filter(isOfContent), body.length];
  };
  expect(await kept("/short")).toEqual(["content-length", 100]);
  expect(await kept("/long")).toEqual(["transfer-encoding", 1000]);
  await finish(scene);
});

test("a client that waits is invited by Bun when it asks in lower case", async () => {
  const scene = await open(ok);
  const invited = async (expectation: string) => {
    const client = await scene.edge.client();
    client.request("POST", "/", [`expect: ${expectation}`, "content-length: 2"], "hi");
    await client.wait("an answer", () => client.received.includes("200 OK") || undefined);
    client.close();
    return client.received.toString("latin1").startsWith("HTTP/1.1 100");
  };
  expect([await invited("100-continue"), await invited("100-Continue")]).toEqual([true, false]);
  await finish(scene);
});

test("a client of HTTP/1.0 is answered once", async () => {
  const scene = await open(ok);
  scene.client.send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
  await scene.client.wait("the end", () => scene.client.received.includes("hi") || undefined);
  await until("the connection is closed", () => scene.client.isClosed);
  await finish(scene);
});

const isOfContent = (name: string) => ["content-length", "content-type", "transfer-encoding"].includes(name);
