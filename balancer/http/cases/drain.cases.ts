import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import { okWith } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import { lastRequestMs } from "../edge.ts";
import { edgeUnderTest } from "./edge-under-test.ts";

export function drainCases(start: StartEdge): void {
  describe("an edge that drains", () => {
    const { open } = edgeUnderTest(start);

    /** A request that is open when the drain begins, answered so much later. */
    async function answerAfter(ms: number) {
      const release: (() => void)[] = [];
      const scene = await open((_request, connection) => {
        release.push(() => connection.send(okWith("late")));
      });
      scene.client.request("GET", "/");
      await until("the target has it", () => release.length === 1);
      const drained = scene.edge.edge.drain();
      await Bun.sleep(ms);
      release[0]?.();
      const answer = await scene.client.answer();
      await scene.client.closed();
      await drained;
      return [answer.status, valuesOf(answer, "connection")];
    }

    test("says with the answer to a request that is open that it is the last", async () => {
      expect(await answerAfter(0)).toEqual([200, ["close"]]);
    });

    test("does so when no more requests are awaited, too", async () => {
      expect(await answerAfter(1.2 * lastRequestMs)).toEqual([200, ["close"]]);
    });
  });
}
