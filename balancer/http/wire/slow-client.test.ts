import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../../cluster/virtual-clock.ts";
import { valuesOf } from "../../testing/message.ts";
import type { RawClient } from "../../testing/raw-client.ts";
import { okWith, type Respond } from "../../testing/raw-origin.ts";
import { until, untilSteady } from "../../testing/until.ts";
import { edgeUnderTest, ok, type Scene } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

/** More than a coarse timer is late. */
const slackMs = 1500;

describe("the wire edge's time for a client", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  async function started(listener = {}, script: Parameters<typeof open>[0] = ok) {
    const clock = new VirtualClock();
    const scene = await open(script, { clock, listener });
    return { clock, scene };
  }

  /** Until the edge has read what the scene's client sent: a later exchange comes after it. */
  async function settle(scene: Scene): Promise<void> {
    for (let round = 0; round < 3; round++) {
      const other = await scene.edge.client();
      expect((await other.ask("GET", "/settle", ["connection: close"])).status).toBe(200);
    }
  }

  async function timesOut(client: RawClient): Promise<void> {
    const answer = await client.answer();
    expect([answer.status, valuesOf(answer, "connection")]).toEqual([408, ["close"]]);
    await client.closed();
  }

  test("for a head is 10 s from its first byte by default, then 408", async () => {
    const { clock, scene } = await started();
    scene.client.send("GET /slow HTTP/1.1\r\nhost: t\r\n");
    await settle(scene);
    clock.advance(9000);
    await settle(scene);
    expect([scene.client.received.length, scene.client.isClosed]).toEqual([0, false]);
    clock.advance(1000 + slackMs);
    await timesOut(scene.client);
    expect(scene.origin.requests.some(({ target }) => target === "/slow")).toBe(false);
    expect((await finish(scene)).at(-1)).toMatchObject({ status: 408, attempts: 0 });
  });

  test("for a head is not longer for one that trickles", async () => {
    const { clock, scene } = await started({ headTimeout: "4s" });
    scene.client.send("G");
    await settle(scene);
    for (const character of "ET") {
      clock.advance(1000);
      scene.client.send(character);
      await settle(scene);
    }
    expect(scene.client.isClosed).toBe(false);
    clock.advance(1000);
    scene.client.send(" ");
    await settle(scene);
    clock.advance(1000 + slackMs);
    await timesOut(scene.client);
    await finish(scene);
  });

  test("for a head does not run on behind the head", async () => {
    const { clock, scene } = await started({ headTimeout: "4s" });
    scene.client.request("POST", "/", ["transfer-encoding: chunked"], "2\r\nhe\r\n");
    await until("a part is there", () => scene.origin.connections[0]?.received.includes("2\r\nhe"));
    clock.advance(8000);
    scene.client.send("3\r\nllo\r\n0\r\n\r\n");
    expect((await scene.client.answer()).status).toBe(200);
    await finish(scene);
  });

  test("for a head starts anew with the next request", async () => {
    const { clock, scene } = await started({ headTimeout: "4s" });
    expect((await scene.client.ask("GET", "/1")).status).toBe(200);
    clock.advance(3000);
    scene.client.send("GET /2 HTTP/1.1\r\n");
    await settle(scene);
    clock.advance(3000);
    scene.client.send("host: t\r\n\r\n");
    expect((await scene.client.answer()).status).toBe(200);
    scene.client.send("GET /3 HTTP/1.1\r\n");
    await settle(scene);
    clock.advance(4000 + slackMs);
    await timesOut(scene.client);
    await finish(scene);
  });

  test("for a head runs for one that came behind a request whose answer was slow", async () => {
    let answer = () => {};
    const { clock, scene } = await started({ headTimeout: "4s" }, (request, connection) => {
      if (request.target !== "/slow") connection.send(ok);
      else answer = () => connection.send(ok);
    });
    scene.client.request("GET", "/slow");
    scene.client.send("GET /half HTTP/1.1\r\n");
    await until("the first is there", () => scene.origin.requests.length === 1);
    clock.advance(8000);
    await settle(scene);
    // A pipelined request's time can't be over before it is that request's turn.
    expect([scene.client.received.length, scene.client.isClosed]).toEqual([0, false]);
    answer();
    expect((await scene.client.answer()).status).toBe(200);
    clock.advance(4000 + slackMs);
    await timesOut(scene.client);
    await finish(scene);
  });

  test("without a first request is idleTimeout, then 408", async () => {
    const { clock, scene } = await started({ idleTimeout: "5s" });
    await settle(scene);
    clock.advance(4000);
    await settle(scene);
    expect(scene.client.isClosed).toBe(false);
    clock.advance(1000 + slackMs);
    await timesOut(scene.client);
    await finish(scene);
  });

  test("between requests is idleTimeout, from the answer's end on", async () => {
    let answer = () => {};
    const { clock, scene } = await started({ idleTimeout: "5s" }, (request, connection) => {
      if (request.target !== "/slow") connection.send(ok);
      else answer = () => connection.send(ok);
    });
    scene.client.request("GET", "/slow");
    await until("it is there", () => scene.origin.requests.length === 1);
    clock.advance(20_000);
    await settle(scene);
    answer();
    expect((await scene.client.answer()).status).toBe(200);
    clock.advance(4000);
    expect((await scene.client.ask("GET", "/2")).status).toBe(200);
    clock.advance(4000);
    await settle(scene);
    expect(scene.client.isClosed).toBe(false);
    clock.advance(1000 + slackMs);
    await timesOut(scene.client);
    await finish(scene);
  });

  test("empty lines do not keep a connection", async () => {
    const { clock, scene } = await started({ idleTimeout: "5s", headTimeout: "5s" });
    scene.client.send("\r\n");
    await settle(scene);
    clock.advance(3000);
    scene.client.send("\r\n");
    await settle(scene);
    clock.advance(2000 + slackMs);
    await timesOut(scene.client);
    await finish(scene);
  });

  async function halts(line: string): Promise<void> {
    const { clock, scene } = await started({ idleTimeout: "5s" });
    scene.client.request("POST", "/halts", [line], "2\r\n");
    await settle(scene);
    clock.advance(4000);
    scene.client.send("h");
    await settle(scene);
    clock.advance(4000);
    await settle(scene);
    expect(scene.client.isClosed).toBe(false);
    clock.advance(1000 + slackMs);
    await timesOut(scene.client);
    await scene.edge.inFlight(0);
    expect(scene.origin.requests.some(({ target }) => target === "/halts")).toBe(false);
    expect(scene.edge.target("t0").failures).toBe(0);
    expect((await finish(scene)).find(({ path }) => path === "/halts")).toMatchObject({ status: 408 });
  }

  test("for a body is idleTimeout from one part to the next (small)", () => halts("content-length: 5"));
  test("for a body is idleTimeout from one part to the next (large)", () => halts("content-length: 5000000"));
  test("for a body is idleTimeout from one part to the next (chunked)", () =>
    halts("transfer-encoding: chunked"));

  test("to take more of its answer is idleTimeout too, then it is given up", async () => {
    const big: Respond = ({ target }, connection) =>
      connection.send(target === "/big" ? okWith("x".repeat(32_000_000)) : ok);
    const { clock, scene } = await started({ idleTimeout: "5s" }, big);
    scene.client.socket.pause();
    scene.client.request("GET", "/big");
    const [target] = await until(
      "a target answers",
      () => scene.origin.connections.length > 0 && scene.origin.connections,
    );
    const left = await untilSteady("the answer is held up", () => target?.socket.writableLength ?? 0);
    expect(left).toBeGreaterThan(0);
    await settle(scene);
    clock.advance(5000 + slackMs);
    await scene.edge.inFlight(0);
    await until("the target is left", () => target?.isClosed);
    expect(scene.edge.target("t0").failures).toBe(0);
    expect((await finish(scene)).find(({ path }) => path === "/big")).toMatchObject({ status: 499 });
  });
});
