import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, held, ok } from "./edge-under-test.ts";

/** How many requests may be in flight, and who waits. */
export function roomCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("maxRequests", () => {
    test("sends to another target what one can't take, and lets the rest wait in turn", async () => {
      const [one, two] = [held(), held()];
      const scene = await open([one.respond, two.respond], { group: { maxRequests: 1 } });
      const clients = await Promise.all(Array.from({ length: 4 }, () => scene.edge.client()));
      for (const [index, client] of clients.entries()) {
        client.request("GET", `/${index}`);
        if (index < 2) await scene.edge.inFlight(index + 1);
        else await until("it waits", () => scene.edge.service("g").room?.queueLength === index - 1);
      }
      expect(scene.origins.map((origin) => origin.requests.length)).toEqual([1, 1]);
      two.release();
      await until("the third is at the second target", () => two.waiting.length === 1);
      one.release();
      await until("the fourth is at the first target", () => one.waiting.length === 1);
      expect(scene.origins.map((origin) => origin.requests.map(({ target }) => target))).toEqual([
        ["/0", "/3"],
        ["/1", "/2"],
      ]);
      one.release();
      two.release();
      for (const client of clients) expect((await client.answer()).status).toBe(200);
      await finish(scene);
    });
  });

  test("a body that turns out broken when its turn comes ends its attempt, and begins no other", async () => {
    const { respond, waiting, release } = held();
    const scene = await open([respond], { group: { maxRequests: 1 } });
    const first = await scene.edge.client();
    first.request("GET", "/");
    await until("the first is at the target", () => waiting.length === 1);
    scene.client.request("POST", "/", ["transfer-encoding: chunked"], "5\r\nhello\r\nzz\r\n");
    await until("the other waits", () => scene.edge.service("g").room?.queueLength === 1);
    release();
    expect((await scene.client.answer()).status).toBe(400);
    expect((await first.answer()).status).toBe(200);
    await scene.edge.inFlight(0);
    await finish(scene);
  });

  describe("maxInGroup", () => {
    test("beyond it and the queue a request is refused at once", async () => {
      const { respond, waiting, release } = held();
      const scene = await open([respond, respond], {
        group: { maxInGroup: 2, maxQueue: 1, queueTimeout: "1m" },
      });
      const clients = await Promise.all(Array.from({ length: 3 }, () => scene.edge.client()));
      for (const client of clients) client.request("GET", "/");
      await until("two are at the targets, and one waits", () => {
        return waiting.length === 2 && scene.edge.service("g").room?.queueLength === 1;
      });
      const refused = await scene.client.ask("GET", "/");
      expect([refused.status, refused.body.toString()]).toEqual([503, "503 all targets are busy\n"]);
      expect(valuesOf(refused, "retry-after")).toEqual(["1"]);
      for (let left = 3; left > 0; left--) {
        await until("one is at a target", () => waiting.length > 0);
        release();
      }
      for (const client of clients) expect((await client.answer()).status).toBe(200);
      expect((await finish(scene))[0]).toMatchObject({ status: 503, attempts: 0, fault: "queue full" });
    });

    test("a wait that takes too long is 503", async () => {
      const { respond, waiting, release } = held();
      const scene = await open(respond, { group: { maxInGroup: 1, queueTimeout: "20ms" } });
      const first = await scene.edge.client();
      first.request("GET", "/");
      await until("the first is at the target", () => waiting.length === 1);
      expect((await scene.client.ask("GET", "/")).status).toBe(503);
      release();
      await first.answer();
      expect((await finish(scene))[0]).toMatchObject({ fault: "waited too long for a target with room" });
    });

    test("a client that leaves while it waits gives its place away", async () => {
      const { respond, waiting, release } = held();
      const scene = await open(respond, { group: { maxInGroup: 1, queueTimeout: "1m" } });
      const room = () => scene.edge.service("g").room?.queueLength;
      const [first, leaves] = [await scene.edge.client(), await scene.edge.client()];
      first.request("GET", "/1");
      await until("the first is at the target", () => waiting.length === 1);
      leaves.request("GET", "/2");
      await until("the second waits", () => room() === 1);
      leaves.reset();
      await until("nobody waits", () => room() === 0);
      release();
      expect((await first.answer()).status).toBe(200);
      await finish(scene);
    });
  });

  test("concurrency is found out, and nobody is lost while it is", async () => {
    const scene = await open(ok, { group: { concurrency: { adaptive: true, min: 1, max: 10 } } });
    const clients = await Promise.all(Array.from({ length: 20 }, () => scene.edge.client()));
    const statuses = await Promise.all(
      clients.map(async (client) => {
        const got: number[] = [];
        for (let asked = 0; asked < 10; asked++) got.push((await client.ask("GET", "/")).status);
        return got;
      }),
    );
    expect(new Set(statuses.flat())).toEqual(new Set([200]));
    expect(scene.edge.service("g").room?.inFlight).toBe(0);
    await finish(scene);
  });
}
