import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../../cluster/virtual-clock.ts";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import { edgeUnderTest, ok } from "./edge-under-test.ts";

/** How often each client's address may ask. */
export function clientLimitCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);
  const rateLimit = { requests: 2, per: "10s", burst: 3 };

  describe("rateLimit", () => {
    test("of a listener: a burst passes, what comes too often is 429, and tokens come back in time", async () => {
      const clock = new VirtualClock();
      const scene = await open(ok, { clock, listener: { rateLimit } });
      const statuses: number[] = [];
      for (let asked = 0; asked < 4; asked++) statuses.push((await scene.client.ask("GET", "/")).status);
      expect(statuses).toEqual([200, 200, 200, 429]);
      const refused = await scene.client.ask("POST", "/other", ["content-length: 2"], "hi");
      expect([refused.status, refused.body.toString()]).toEqual([429, "429 too many requests\n"]);
      expect(valuesOf(refused, "retry-after")).toEqual(["5"]);
      expect(valuesOf(refused, "ratelimit-policy")).toEqual(['"client";q=2;w=10']);
      expect(valuesOf(refused, "ratelimit")).toEqual(['"client";r=0;t=5']);
      clock.advance(5000);
      expect((await scene.client.ask("GET", "/")).status).toBe(200);
      expect((await scene.client.ask("GET", "/")).status).toBe(429);
      // Whoever watches over the balancer is not kept out.
      expect((await scene.client.ask("GET", "/status")).status).toBe(200);
      expect(scene.origin.requests).toHaveLength(4);
      const lines = await finish(scene);
      expect(lines.filter(({ status, attempts }) => status === 429 && attempts === 0)).toHaveLength(3);
    });

    test("of a route leaves the others alone", async () => {
      const routes = [
        { path: "/", group: "g" },
        { path: "/login", group: "g", rateLimit: { requests: 1, per: "1h" } },
      ];
      const scene = await open(ok, { listener: { routes } });
      const ask = async (path: string) => (await scene.client.ask("GET", path)).status;
      expect([await ask("/login"), await ask("/login"), await ask("/"), await ask("/")]).toEqual([
        200, 429, 200, 200,
      ]);
      await finish(scene);
    });

    test("goes by the client that a trusted proxy names, and by no stranger's word", async () => {
      const limited = { rateLimit: { requests: 1, per: "1h" } };
      const statusesOf = async (trustedProxies: string[], clients: readonly string[]) => {
        const scene = await open(ok, { listener: { ...limited, trustedProxies } });
        const statuses: number[] = [];
        for (const client of clients)
          statuses.push((await scene.client.ask("GET", "/", [`x-forwarded-for: ${client}`])).status);
        await finish(scene);
        return statuses;
      };
      expect(await statusesOf(["127.0.0.1"], ["203.0.113.1", "203.0.113.2", "203.0.113.1"])).toEqual([
        200, 200, 429,
      ]);
      expect(await statusesOf([], ["203.0.113.1", "203.0.113.2"])).toEqual([200, 429]);
      // One household's addresses.
      expect(await statusesOf(["127.0.0.1"], ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"])).toEqual([
        200, 429, 200,
      ]);
    });
  });
}
