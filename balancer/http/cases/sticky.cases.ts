import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import type { RawAnswer } from "../../testing/raw-client.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, held, ok, type Scene } from "./edge-under-test.ts";

const sticky = { cookie: "route" };

/** The value that a client sends back; undefined when none was set. */
function sessionIn(answer: RawAnswer): string | undefined {
  const [cookie] = valuesOf(answer, "set-cookie");
  return cookie === undefined ? undefined : /^route=([\w-]+);/.exec(cookie)?.[1];
}

/** Clients that keep to a target by a cookie. */
export function stickyCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);
  const ask = (scene: Scene, session?: string) =>
    scene.client.ask("GET", "/", session === undefined ? [] : [`cookie: a=1; route=${session}; b=2`]);
  const targetOf = (answer: RawAnswer) => valuesOf(answer, "x-ballast-target")[0];
  const setup = { group: { sticky }, listener: { exposeTarget: true } };

  describe("sticky sessions", () => {
    test("begin with a cookie that tells nothing of the target, and go on at it without a further one", async () => {
      const scene = await open([ok, ok, ok], setup);
      const first = await ask(scene);
      const session = sessionIn(first);
      expect(valuesOf(first, "set-cookie")).toEqual([`route=${session}; Path=/; HttpOnly; SameSite=Lax`]);
      expect(session).toMatch(/^[\w-]{22}$/);
      for (let asked = 0; asked < 5; asked++) {
        const answer = await ask(scene, session);
        expect([targetOf(answer), valuesOf(answer, "set-cookie")]).toEqual([targetOf(first), []]);
      }
      await finish(scene);
    });

    test("keep the target's own cookies", async () => {
      const scene = await open("HTTP/1.1 200 OK\r\nset-cookie: own=1\r\ncontent-length: 0\r\n\r\n", setup);
      expect(valuesOf(await ask(scene), "set-cookie")).toEqual(["own=1", expect.stringMatching(/^route=/)]);
      await finish(scene);
    });

    test("say in the cookie what the config says", async () => {
      const options = { ttl: "1h", path: "/shop", secure: true, httpOnly: false, sameSite: "None" } as const;
      const scene = await open(ok, { group: { sticky: { ...sticky, ...options } } });
      expect(valuesOf(await ask(scene), "set-cookie")[0]).toEndWith(
        "; Path=/shop; Max-Age=3600; Secure; SameSite=None",
      );
      await finish(scene);
    });

    test("that were tampered with are begun anew", async () => {
      const scene = await open([ok, ok], setup);
      const session = sessionIn(await ask(scene)) ?? "";
      const forged = `${session.startsWith("A") ? "B" : "A"}${session.slice(1)}`;
      for (const value of [forged, "", "t0", "127.0.0.1", "x".repeat(500)])
        expect(sessionIn(await ask(scene, value))).toBeDefined();
      await finish(scene);
    });

    test("have the same cookies with the same secret, and others with another", async () => {
      const cookieWith = async (secret: string) => {
        const scene = await open(ok, { group: { sticky: { ...sticky, secret } } });
        const session = sessionIn(await ask(scene));
        await finish(scene);
        return session;
      };
      const [one, same, other] = [
        await cookieWith("0123456789abcdef"),
        await cookieWith("0123456789abcdef"),
        await cookieWith("fedcba9876543210"),
      ];
      expect([one === same, one === other]).toEqual([true, false]);
    });

    for (const state of ["unhealthy", "ejected", "draining"] as const) {
      test(`move on when their target is ${state}`, async () => {
        const scene = await open([ok, ok], setup);
        const first = await ask(scene);
        const { group } = scene.edge.service("g");
        group.setState(scene.edge.target(targetOf(first) ?? ""), state);
        const moved = await ask(scene, sessionIn(first));
        expect(targetOf(moved)).not.toBe(targetOf(first));
        expect(sessionIn(moved)).toBeDefined();
        expect(sessionIn(moved)).not.toBe(sessionIn(first));
        await finish(scene);
      });
    }

    test("stay while their target drains, where the group says so", async () => {
      const scene = await open([ok, ok], {
        ...setup,
        group: { sticky: { ...sticky, keepWhileDraining: true } },
      });
      const first = await ask(scene);
      scene.edge.service("g").group.setState(scene.edge.target(targetOf(first) ?? ""), "draining");
      expect(targetOf(await ask(scene, sessionIn(first)))).toBe(targetOf(first));
      expect(targetOf(await ask(scene))).not.toBe(targetOf(first));
      await finish(scene);
    });

    test("move on when their target has all that it may have, and when it refuses", async () => {
      const { respond, waiting, release } = held();
      const scene = await open([respond, ok], { ...setup, group: { sticky, maxRequests: 1 } });
      const busy = await scene.edge.client();
      busy.request("GET", "/");
      await until("the first target is busy", () => waiting.length === 1);
      release();
      const session = sessionIn(await busy.answer());
      busy.request("GET", "/");
      // Round robin: the second target's turn.
      expect((await busy.answer()).status).toBe(200);
      busy.request("GET", "/", [`cookie: route=${session}`]);
      await until("the first target is busy again", () => waiting.length === 1);
      const moved = await ask(scene, session);
      expect([targetOf(moved), sessionIn(moved) === undefined]).toEqual(["t1", false]);
      release();
      await busy.answer();
      await finish(scene);
    });
  });
}
