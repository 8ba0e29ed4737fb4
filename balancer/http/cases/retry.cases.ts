import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../../cluster/virtual-clock.ts";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { okWith, type Respond } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, ok } from "./edge-under-test.ts";

const answer = (status: number, body = "no", lines: readonly string[] = []) =>
  okWith(body, lines).replace("200 OK", `${status} Said so`);

/** Which answers and silences are tried again at another target, and how often. */
export function retryCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("an answer with a status to retry", () => {
    for (const [on, status] of [
      ["503", 503],
      ["5xx", 500],
      ["gateway-error", 504],
      ["retriable-4xx", 409],
      ["429", 429],
    ] as const) {
      test(`${on}: ${status} is replaced by another target's answer`, async () => {
        const scene = await open([answer(status), okWith("good")], { group: { retry: { on: [on] } } });
        const got = await scene.client.ask("GET", "/");
        expect([got.status, got.body.toString()]).toEqual([200, "good"]);
        expect((await finish(scene))[0]).toMatchObject({
          target: "t1",
          attempts: 2,
          fault: `status ${status}`,
        });
      });
    }

    test("keeps the connection that it came on, when its content is short", async () => {
      const scene = await open([answer(503), ok], { group: { retry: { on: ["503"] } } });
      for (let asked = 0; asked < 4; asked++) expect((await scene.client.ask("GET", "/")).status).toBe(200);
      expect(scene.origins[0]?.requests.length).toBeGreaterThan(1);
      expect(scene.origins[0]?.connections).toHaveLength(1);
      await finish(scene);
    });

    test("and a long content loses its connection", async () => {
      const scene = await open([answer(503, "x".repeat(100_000)), ok], { group: { retry: { on: ["503"] } } });
      expect((await scene.client.ask("GET", "/")).status).toBe(200);
      await scene.origins[0]?.connections[0]?.closed();
      await finish(scene);
    });

    test("whose content never comes frees its target all the same", async () => {
      const scene = await open(["HTTP/1.1 503 Busy\r\ncontent-length: 5\r\n\r\n", ok], {
        group: { retry: { on: ["503"] }, bodyTimeout: "30ms" },
      });
      expect((await scene.client.ask("GET", "/")).status).toBe(200);
      await scene.origins[0]?.connections[0]?.closed();
      expect(scene.edge.target("t0").inFlight).toBe(0);
      await finish(scene);
    });

    test("is the client's when no other target is left", async () => {
      const scene = await open([answer(503, "first"), answer(503, "second", ["retry-after: 7"])], {
        group: { retry: { on: ["503"] } },
      });
      const got = await scene.client.ask("GET", "/");
      expect([got.status, got.body.toString()]).toEqual([503, "second"]);
      expect(got.fields).toContainEqual(["retry-after", "7"]);
      expect((await finish(scene))[0]).toMatchObject({ attempts: 2 });
    });

    test("is the client's when the method does not allow another attempt, unless the group says so", async () => {
      const scene = await open([answer(503), ok], { group: { retry: { on: ["503"] } } });
      expect((await scene.client.ask("POST", "/", ["content-length: 2"], "hi")).status).toBe(503);
      await finish(scene);
      const allowed = await open([answer(503), ok], { group: { retry: { on: ["503"], methods: ["POST"] } } });
      expect((await allowed.client.ask("POST", "/", ["content-length: 2"], "hi")).status).toBe(200);
      expect(allowed.origins[1]?.requests[0]?.body.toString()).toBe("hi");
      await finish(allowed);
    });

    test("is the client's after so many attempts", async () => {
      const scene = await open([answer(503, "1"), answer(503, "2"), ok], {
        group: { retry: { on: ["503"], attempts: 2 } },
      });
      expect((await scene.client.ask("GET", "/")).body.toString()).toBe("2");
      await finish(scene);
    });
  });

  test("an answer that is none is tried again where the group says so", async () => {
    const scene = await open(["garbage\r\n\r\n", ok], { group: { retry: { on: ["invalid-answer"] } } });
    expect((await scene.client.ask("GET", "/")).status).toBe(200);
    await finish(scene);
  });

  describe("with none in service that takes a connection", () => {
    const askWhereGone = async (
      group: { readonly panicThreshold?: number },
      state: "unhealthy" | "draining",
    ) => {
      const scene = await open([ok, ok], { group });
      scene.edge.service("g").group.setState(scene.edge.target("t0"), state);
      scene.origins[1]?.stop();
      const { status } = await scene.client.ask("POST", "/", ["content-length: 2"], "hi");
      return { status, attempts: (await finish(scene))[0]?.attempts };
    };

    test("a request goes to a target that was found unhealthy", async () => {
      expect(await askWhereGone({}, "unhealthy")).toEqual({ status: 200, attempts: 2 });
    });

    test("but to one of those only", async () => {
      const scene = await open([ok, ok, ok, ok, ok]);
      const { group } = scene.edge.service("g");
      for (const id of ["t0", "t1"]) group.setState(scene.edge.target(id), "unhealthy");
      for (const origin of scene.origins) origin.stop();
      expect((await scene.client.ask("GET", "/")).status).toBe(503);
      expect((await finish(scene))[0]).toMatchObject({ attempts: 4 });
    });

    test("but to none that drains, nor to any where the group never panics", async () => {
      expect(await askWhereGone({}, "draining")).toEqual({ status: 503, attempts: 1 });
      expect(await askWhereGone({ panicThreshold: 0 }, "unhealthy")).toEqual({ status: 503, attempts: 1 });
    });
  });

  test("with nothing in `on` a refused connection is final too", async () => {
    const scene = await open([(_request, connection) => connection.close(), ok], {
      group: { retry: { on: [] } },
    });
    expect((await scene.client.ask("GET", "/")).status).toBe(502);
    await finish(scene);
  });

  describe("perTryTimeout", () => {
    const silent: Respond = () => {};

    test("gives a silent target up for another", async () => {
      const scene = await open([silent, ok], {
        group: { retry: { on: ["timeout"], perTryTimeout: "20ms" } },
      });
      expect((await scene.client.ask("GET", "/")).status).toBe(200);
      expect(scene.edge.target("t0").failures).toBe(1);
      expect((await finish(scene))[0]).toMatchObject({ attempts: 2, target: "t1" });
    });

    test("lets a slow target answer when there is no other", async () => {
      let answerNow = () => {};
      const slow: Respond = (_request, connection) => {
        answerNow = () => connection.send(ok);
      };
      const clock = new VirtualClock();
      const scene = await open(slow, {
        clock,
        group: { retry: { on: ["timeout"], perTryTimeout: "20ms" }, responseTimeout: "10s" },
      });
      scene.client.request("GET", "/");
      await until("the target has it", () => scene.origin.requests.length === 1);
      clock.advance(5000);
      answerNow();
      expect((await scene.client.answer()).status).toBe(200);
      expect((await finish(scene))[0]).toMatchObject({ attempts: 1 });
    });
  });

  test("with every target failing, attempts stay within the budget", async () => {
    const scene = await open([answer(503), answer(503), answer(503)], {
      group: { retry: { on: ["503"], budget: 0.2, minPerSecond: 0 } },
    });
    const requests = 200;
    for (let asked = 0; asked < requests; asked++)
      expect((await scene.client.ask("GET", "/")).status).toBe(503);
    const attempts = scene.origins.reduce((sum, origin) => sum + origin.requests.length, 0);
    expect(attempts).toBeGreaterThan(requests * 1.15);
    expect(attempts).toBeLessThanOrEqual(requests * 1.2);
    const { counts } = scene.edge.service("g");
    expect(counts.sum("budgetTaken")).toBe(attempts - requests);
    expect(counts.sum("budgetDenied")).toBeGreaterThan(0);
    await finish(scene);
  });

  test("closed connections are held to the budget as well", async () => {
    const closing: Respond = (_request, connection) => connection.close();
    const scene = await open([closing, closing, closing], {
      group: { health: { unhealthyAfter: 100, interval: "1h" }, retry: { budget: 0.2, minPerSecond: 0 } },
    });
    for (let asked = 0; asked < 50; asked++)
      expect((await scene.client.ask("GET", "/")).status).toBeGreaterThan(499);
    // All but the first checks, after which only panic has the targets asked at all.
    const asked = scene.origins.flatMap((origin) => origin.requests.filter(({ target }) => target === "/"));
    expect(asked.length).toBeGreaterThan(50);
    expect(asked.length).toBeLessThanOrEqual(60);
    await finish(scene);
  });
}
