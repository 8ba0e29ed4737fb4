import { describe, expect, spyOn, test } from "bun:test";
import { requestText } from "../../testing/http-text.ts";
import { valuesOf } from "../../testing/message.ts";
import { RawClient } from "../../testing/raw-client.ts";
import { okWith, type Respond } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

const upgrade = ["upgrade: echo", "connection: upgrade"];
const switched = "HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n";

/** Answers `/slow` when told to, all else at once. */
function held() {
  let release = () => {};
  const respond: Respond = (request, connection) => {
    const answer = () => connection.send(okWith(request.target));
    if (request.target === "/slow") release = answer;
    else answer();
  };
  return { respond, release: () => release() };
}

describe("the wire edge that drains", () => {
  const { open } = edgeUnderTest(startWireEdge);

  test("answers what is open, says that it was the last, and takes no new connection", async () => {
    const { respond, release } = held();
    const scene = await open(respond);
    scene.client.request("GET", "/slow");
    await until("the target has it", () => scene.origin.requests.length === 1);
    let isDrained = false;
    const drained = scene.edge.edge.drain().then(() => {
      isDrained = true;
    });
    await expect(RawClient.connect(scene.edge.port)).rejects.toThrow("ECONNREFUSED");
    expect(isDrained).toBe(false);
    release();
    const answer = await scene.client.answer();
    expect([answer.status, valuesOf(answer, "connection")]).toEqual([200, ["close"]]);
    await scene.client.closed();
    await drained;
  });

  test("closes connections on which no request comes", async () => {
    const scene = await open(ok);
    await scene.client.ask("GET", "/");
    const fresh = await scene.edge.client();
    await (await scene.edge.client()).ask("GET", "/");
    await scene.edge.edge.drain();
    await Promise.all([scene.client.closed(), fresh.closed()]);
  });

  test("starts no pipelined request behind the one that is open", async () => {
    const { respond, release } = held();
    const scene = await open(respond);
    scene.client.send(requestText("GET", "/slow") + requestText("GET", "/2"));
    await until("the target has it", () => scene.origin.requests.length === 1);
    const drained = scene.edge.edge.drain();
    release();
    expect((await scene.client.answer()).body.toString()).toBe("/slow");
    await scene.client.closed();
    await drained;
    expect(scene.origin.requests.map(({ target }) => target)).toEqual(["/slow"]);
  });

  test("waits for a large answer to a slow reader", async () => {
    const body = Buffer.alloc(20_000_000, "0123456789abcdef");
    const scene = await open((_request, connection) => {
      connection.send(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
      connection.send(body);
    });
    scene.client.socket.pause();
    scene.client.request("GET", "/");
    await until("it is held back", () => (scene.origin.connections[0]?.socket.writableLength ?? 0) > 0);
    const drained = scene.edge.edge.drain();
    scene.client.socket.resume();
    expect((await scene.client.answer()).body.equals(body)).toBe(true);
    await drained;
  });
});

describe("the wire edge that stops", () => {
  const { open } = edgeUnderTest(startWireEdge);

  async function stopped(respond: Respond, lines: readonly string[]): Promise<void> {
    const faults = spyOn(console, "error").mockImplementation(() => {});
    try {
      const scene = await open(respond);
      scene.client.request("GET", "/", lines);
      await until("the target has it", () => scene.origin.requests.length === 1);
      if (lines.length > 0) expect((await scene.client.answer()).status).toBe(101);
      await scene.edge.edge.stop();
      await scene.client.closed();
      await scene.origin.connections[0]?.closed();
      await scene.edge.inFlight(0);
      expect(scene.edge.target("t0")).toMatchObject({ requests: 1, failures: 0 });
      expect(faults.mock.calls).toEqual([]);
    } finally {
      faults.mockRestore();
    }
  }

  test("breaks a request off on both sides, and ends its attempt once", () => stopped(() => {}, []));
  test("breaks a tunnel off on both sides, and ends its attempt once", () =>
    stopped((_request, connection) => connection.send(switched), upgrade));
});
