import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import { edgeUnderTest, ok } from "./edge-under-test.ts";

const token = "evaGxfADs6pSRb2LAv9IZf17Dt3juxGJ-PCt92wr-oA";
const path = `/.well-known/acme-challenge/${token}`;

/** What authorities ask before they give a certificate (RFC 8555 §8.3). */
export function acmeChallengeCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("an authority's question", () => {
    test("is answered before any route, limit or log", async () => {
      const challenges = (asked: string) => (asked === token ? `${token}.thumbprint` : undefined);
      const scene = await open(ok, { challenges, listener: { rateLimit: { requests: 1, per: "1h" } } });
      for (const target of [path, `${path}?x=1`]) {
        const answer = await scene.client.ask("GET", target);
        expect(answer.status).toBe(200);
        expect(valuesOf(answer, "content-type")).toEqual(["application/octet-stream"]);
        expect(answer.body.toString("latin1")).toBe(`${token}.thumbprint`);
      }
      expect(scene.origin.requests).toEqual([]);
      expect(await finish(scene)).toEqual([]);
    });

    test("that is not the balancer's goes its way", async () => {
      const asked: string[] = [];
      const challenges = (name: string) => {
        asked.push(name);
        return undefined;
      };
      const scene = await open(ok, { challenges });
      const others = [
        `${path}/x`,
        `${path}.x`,
        "/.well-known/acme-challenge/",
        "/.well-known/acme-challenge/..%2fx",
      ];
      for (const target of [path, ...others])
        expect((await scene.client.ask("GET", target)).body.toString("latin1")).toBe("hi");
      expect(asked).toEqual([token]);
      expect(scene.origin.requests).toHaveLength(1 + others.length);
      await finish(scene);
    });

    test("is answered by what is known when it comes", async () => {
      let known: string | undefined;
      const scene = await open(ok, { challenges: () => known });
      const ask = async () => (await scene.client.ask("GET", path)).body.toString("latin1");
      expect(await ask()).toBe("hi");
      known = "first";
      expect(await ask()).toBe("first");
      known = "second";
      expect(await ask()).toBe("second");
      known = undefined;
      expect(await ask()).toBe("hi");
      await finish(scene);
    });

    test("is a request like any other where none are expected", async () => {
      const scene = await open(ok);
      await scene.client.ask("GET", path);
      expect(scene.origin.requests[0]?.target).toBe(path);
      await finish(scene);
    });
  });
}
