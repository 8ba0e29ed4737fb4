import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import type { Respond } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import { unusedPort } from "../../testing/unused-port.ts";
import { edgeUnderTest, ok } from "./edge-under-test.ts";

/** Copies of requests that go to another group. */
export function mirrorCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  async function openMirrored(shadow: string | Respond, percent = 100) {
    const { origin: shadowOrigin } = await open(shadow);
    const scene = await open(ok, {
      listener: { routes: [{ path: "/", group: "g", mirror: { group: "shadow", percent } }] },
      groups: { shadow: { health: false, targets: [{ url: shadowOrigin.url }] } },
    });
    return { scene, shadowOrigin };
  }

  describe("a mirrored route", () => {
    test("sends the same to both, and the client gets the answer of the first", async () => {
      const { scene, shadowOrigin } = await openMirrored("HTTP/1.1 500 Bad\r\ncontent-length: 0\r\n\r\n");
      expect((await scene.client.ask("POST", "/a?b", ["x-c: d", "content-length: 2"], "hi")).status).toBe(
        200,
      );
      await until("the shadow has it", () => shadowOrigin.requests.length === 1);
      const [copy] = shadowOrigin.requests;
      expect(copy).toEqual(scene.origin.requests[0]);
      expect(copy?.body.toString()).toBe("hi");
      expect(scene.edge.target("t0").failures).toBe(0);
      await finish(scene);
    });

    test("goes on as ever when the shadow is silent, or gone", async () => {
      const { scene, shadowOrigin } = await openMirrored(() => {});
      for (let asked = 0; asked < 5; asked++) expect((await scene.client.ask("GET", "/")).status).toBe(200);
      await until("the shadow has them", () => shadowOrigin.requests.length === 5);
      for (const connection of shadowOrigin.connections) connection.close();
      await finish(scene);
      const gone = await open(ok, {
        listener: { routes: [{ path: "/", group: "g", mirror: { group: "shadow" } }] },
        groups: { shadow: { health: false, targets: [{ url: `http://127.0.0.1:${unusedPort()}` }] } },
      });
      expect((await gone.client.ask("GET", "/")).status).toBe(200);
      await finish(gone);
    });

    test("copies the part that it is told to", async () => {
      const { scene, shadowOrigin } = await openMirrored(ok, 25);
      for (let asked = 0; asked < 200; asked++) await scene.client.ask("GET", "/");
      await scene.edge.inFlight(0);
      // Four standard deviations around 50.
      expect(Math.abs(shadowOrigin.requests.length - 50)).toBeLessThan(25);
      await finish(scene);
    });

    test("copies no body that is not at hand", async () => {
      const { scene, shadowOrigin } = await openMirrored(ok);
      const long = "x".repeat(100_000);
      expect((await scene.client.ask("POST", "/", [`content-length: ${long.length}`], long)).status).toBe(
        200,
      );
      await scene.edge.inFlight(0);
      expect(shadowOrigin.requests).toEqual([]);
      await finish(scene);
    });
  });
}
