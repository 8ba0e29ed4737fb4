import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import type { Respond } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import type { Service } from "../service/service.ts";
import { edgeUnderTest, ok } from "./edge-under-test.ts";

const silent: Respond = () => {};
const hedge = { after: "5ms" };

/** A second attempt while the first is under way. */
export function hedgeCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("hedging", () => {
    test("takes the second target's answer when the first is slow, and cancels that one", async () => {
      const scene = await open([silent, ok], { group: { hedge } });
      expect((await scene.client.ask("GET", "/")).status).toBe(200);
      await scene.origins[0]?.connections[0]?.closed();
      expect(scene.edge.target("t0").failures).toBe(0);
      expect(hedgesOf(scene.edge.service("g"))).toEqual({ hedges: 1, hedgesWon: 1 });
      expect((await finish(scene))[0]).toMatchObject({ attempts: 2, target: "t1", status: 200 });
    });

    test("takes the first target's answer when that comes before the second's", async () => {
      let answerFirst = () => {};
      const scene = await open(
        [
          (_request, connection) => {
            answerFirst = () => connection.send(ok);
          },
          silent,
        ],
        { group: { hedge } },
      );
      scene.client.request("GET", "/");
      await until("the second has it", () => scene.origins[1]?.requests.length === 1);
      answerFirst();
      expect((await scene.client.answer()).status).toBe(200);
      await scene.origins[1]?.connections[0]?.closed();
      expect(hedgesOf(scene.edge.service("g"))).toEqual({ hedges: 1, hedgesWon: 0 });
      expect((await finish(scene))[0]).toMatchObject({ attempts: 2, target: "t0" });
    });

    test("does without the one that fails", async () => {
      let failFirst = () => {};
      let answerSecond = () => {};
      const scene = await open(
        [
          (_request, connection) => {
            failFirst = () => connection.close();
          },
          (_request, connection) => {
            answerSecond = () => connection.send(ok);
          },
        ],
        { group: { hedge } },
      );
      scene.client.request("GET", "/");
      await until("the second has it", () => scene.origins[1]?.requests.length === 1);
      failFirst();
      await scene.edge.inFlight(1);
      answerSecond();
      expect((await scene.client.answer()).status).toBe(200);
      expect(scene.edge.target("t0").failures).toBe(1);
      await finish(scene);
    });

    test("ends both attempts when the client leaves", async () => {
      const scene = await open([silent, silent], { group: { hedge } });
      scene.client.request("GET", "/");
      await scene.edge.inFlight(2);
      scene.client.reset();
      await scene.edge.inFlight(0);
      expect((await finish(scene))[0]).toMatchObject({ status: 499, attempts: 2 });
    });

    test("ends both attempts when neither answers in time", async () => {
      const scene = await open([silent, silent], { group: { hedge, responseTimeout: "40ms" } });
      expect((await scene.client.ask("GET", "/")).status).toBe(504);
      expect((await finish(scene))[0]).toMatchObject({ attempts: 2 });
    });

    test("is for the methods that it is for, and for bodies at hand", async () => {
      const scene = await open([silent, ok], { group: { hedge, responseTimeout: "40ms" } });
      expect((await scene.client.ask("PUT", "/", ["content-length: 2"], "hi")).status).toBe(504);
      expect((await finish(scene))[0]).toMatchObject({ attempts: 1 });
    });

    test("keeps to the budget", async () => {
      const scene = await open([silent, ok], {
        group: { hedge, responseTimeout: "40ms", retry: { budget: 0, minPerSecond: 0 } },
      });
      expect((await scene.client.ask("GET", "/")).status).toBe(504);
      await finish(scene);
    });

    test("after the group's p95 cuts the tail of a target that is slow now and then, for little load", async () => {
      let count = 0;
      const slowMs = 150;
      // One request in 25, as a garbage collection would do; the others within a millisecond or so.
      const nowAndThen: Respond = (_request, connection) => {
        if (++count % 25 === 0) setTimeout(() => connection.send(ok), slowMs);
        else connection.send(ok);
      };
      const scene = await open([nowAndThen, nowAndThen, nowAndThen], { group: { hedge: { after: "p95" } } });
      const latencies: number[] = [];
      for (let asked = 0; asked < 400; asked++) {
        const startedAtMs = performance.now();
        await scene.client.ask("GET", "/");
        latencies.push(performance.now() - startedAtMs);
      }
      const { hedges, hedgesWon } = hedgesOf(scene.edge.service("g"));
      // Without hedges 16 of 400 are slow; the first 50 have none, and one may meet two slow ones.
      expect(latencies.slice(100).filter((ms) => ms >= slowMs).length).toBeLessThanOrEqual(3);
      expect(hedgesWon).toBeGreaterThan(5);
      expect(hedges).toBeLessThan(400 * 0.2);
      await finish(scene);
    });
  });
}

function hedgesOf({ counts }: Service): { readonly hedges: number; readonly hedgesWon: number } {
  return { hedges: counts.sum("hedges"), hedgesWon: counts.sum("hedgesWon") };
}
