import { describe, expect, test } from "bun:test";
import { inChunks, requestText } from "../../testing/http-text.ts";
import { valuesOf } from "../../testing/message.ts";
import { okWith, type Respond } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

/** Answers with the target; to `/slow…` only when told to. */
function slow() {
  const waiting: (() => void)[] = [];
  const respond: Respond = (request, connection) => {
    const answer = () => connection.send(okWith(request.target));
    if (request.target.startsWith("/slow")) waiting.push(answer);
    else answer();
  };
  return { respond, waiting, release: () => waiting.shift()?.() };
}

const gets = (...targets: string[]) => targets.map((target) => requestText("GET", target)).join("");

describe("pipelined requests at the wire edge", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  test("are answered in order, each once, though the first is slow", async () => {
    const { respond, waiting, release } = slow();
    const scene = await open(respond);
    scene.client.send(gets("/slow", "/2", "/3"));
    await until("the first is at the target", () => waiting.length === 1);
    expect(scene.client.received.length).toBe(0);
    release();
    for (const target of ["/slow", "/2", "/3"])
      expect((await scene.client.answer()).body.toString()).toBe(target);
    expect(scene.origin.requests.map(({ target }) => target).sort()).toEqual(["/2", "/3", "/slow"]);
    expect((await finish(scene)).map(({ path }) => path)).toEqual(["/slow", "/2", "/3"]);
  });

  test("by the hundred are all answered in order", async () => {
    const { respond } = slow();
    const scene = await open(respond);
    const targets = Array.from({ length: 300 }, (_, index) => `/${index}`);
    scene.client.send(gets(...targets));
    for (const target of targets) expect((await scene.client.answer()).body.toString()).toBe(target);
    expect(scene.client.received.length).toBe(0);
    await finish(scene);
  });

  test("by the hundred behind a slow one do not fill the memory nor get lost", async () => {
    const { respond, waiting, release } = slow();
    const scene = await open(respond);
    const targets = ["/slow", ...Array.from({ length: 2000 }, (_, index) => `/${index}`)];
    const padding = [`x-a: ${"x".repeat(2000)}`];
    scene.client.send(targets.map((target) => requestText("GET", target, padding)).join(""));
    await until("the first is at the target", () => waiting.length === 1);
    release();
    for (const target of targets) expect((await scene.client.answer()).body.toString()).toBe(target);
    await finish(scene);
  });

  test("with bodies of both framings keep their bounds", async () => {
    const scene = await open((request, connection) =>
      connection.send(okWith(`${request.target} ${request.body}`)),
    );
    scene.client.send(
      [
        requestText("POST", "/1", ["content-length: 5"], "hello"),
        requestText("POST", "/2", ["transfer-encoding: chunked"], inChunks(["he", "llo"])),
        requestText("POST", "/3", ["content-length: 0"]),
        requestText("GET", "/4", ["content-length: 3"], "GET"),
        requestText("POST", "/5", ["transfer-encoding: chunked"], inChunks([])),
        requestText("GET", "/6"),
      ].join(""),
    );
    const bodies: string[] = [];
    for (let count = 0; count < 6; count++) bodies.push((await scene.client.answer()).body.toString());
    expect(bodies).toEqual(["/1 hello", "/2 hello", "/3 ", "/4 GET", "/5 ", "/6 "]);
    await finish(scene);
  });

  test("to groups of their own and to none are answered in order", async () => {
    const { respond, waiting, release } = slow();
    const { origin } = await open(ok);
    const routes = [
      { path: "/a", group: "g" },
      { path: "/slow", group: "g" },
      { path: "/b", group: "h" },
    ];
    const groups = { h: { health: false as const, targets: [{ url: origin.url }] } };
    const scene = await open(respond, { listener: { routes }, groups });
    scene.client.send(gets("/slow", "/b", "/none", "/status", "/a"));
    await until("the first is at the target", () => waiting.length === 1);
    release();
    const statuses: number[] = [];
    for (let count = 0; count < 5; count++) statuses.push((await scene.client.answer()).status);
    expect(statuses).toEqual([200, 200, 404, 200, 200]);
    expect(origin.requests.map(({ target }) => target)).toEqual(["/b"]);
    await finish(scene);
  });

  test("end with the one that says Connection: close", async () => {
    const scene = await open(ok);
    scene.client.send(`${requestText("GET", "/1", ["connection: close"])}${gets("/2")}`);
    const answer = await scene.client.answer();
    expect([answer.status, valuesOf(answer, "connection")]).toEqual([200, ["close"]]);
    await scene.client.closed();
    expect(scene.client.received.length).toBe(0);
    expect(scene.origin.requests.map(({ target }) => target)).toEqual(["/1"]);
    await finish(scene);
  });

  test("a bad one gets its 400 behind the earlier answers, and ends them", async () => {
    const { respond, waiting, release } = slow();
    const scene = await open(respond);
    const bad = "GET /bad HTTP/1.1\r\nhost: t\r\nx y: z\r\n\r\n";
    scene.client.send(`${gets("/slow", "/2")}${bad}${gets("/4")}`);
    await until("the first is at the target", () => waiting.length === 1);
    expect(scene.client.received.length).toBe(0);
    release();
    const statuses: number[] = [];
    for (let count = 0; count < 3; count++) statuses.push((await scene.client.answer()).status);
    expect(statuses).toEqual([200, 200, 400]);
    await scene.client.closed();
    expect(scene.client.received.length).toBe(0);
    expect(scene.origin.requests.map(({ target }) => target)).toEqual(["/slow", "/2"]);
    expect((await finish(scene)).map(({ status }) => status)).toEqual([200, 200, 400]);
  });

  test("wait for a body that is still coming", async () => {
    const scene = await open((request, connection) => connection.send(okWith(request.target)));
    scene.client.request("POST", "/1", ["content-length: 100000"], "x".repeat(50_000));
    await until("a part is there", () => scene.origin.connections[0]?.received.includes("xx"));
    scene.client.send(`${"x".repeat(50_000)}${gets("/2")}`);
    expect((await scene.client.answer()).body.toString()).toBe("/1");
    expect((await scene.client.answer()).body.toString()).toBe("/2");
    expect(scene.origin.requests[0]?.body.length).toBe(100_000);
    await finish(scene);
  });

  test("may have empty lines between them", async () => {
    const scene = await open(ok);
    scene.client.send(`\r\n${gets("/1")}\r\n\r\n${gets("/2")}`);
    expect((await scene.client.answer()).status).toBe(200);
    expect((await scene.client.answer()).status).toBe(200);
    expect(scene.origin.requests.map(({ target }) => target)).toEqual(["/1", "/2"]);
    await finish(scene);
  });

  test("do not come after empty lines without number", async () => {
    const scene = await open(ok);
    scene.client.send("\r\n".repeat(50_000));
    expect((await scene.client.answer()).status).toBeGreaterThanOrEqual(400);
    await scene.client.closed();
    await finish(scene);
  });

  test("of a client that leaves are not started", async () => {
    const { respond, waiting } = slow();
    const scene = await open(respond);
    scene.client.send(gets("/slow", "/2", "/3"));
    await until("the first is at the target", () => waiting.length === 1);
    scene.client.reset();
    await scene.edge.inFlight(0);
    await until("the target is left", () => scene.origin.open === 0);
    expect(scene.origin.requests.map(({ target }) => target)).toEqual(["/slow"]);
    expect(await finish(scene)).toMatchObject([{ path: "/slow", status: 499 }]);
  });
});
