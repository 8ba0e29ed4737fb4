import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import type { Respond } from "../../testing/raw-origin.ts";
import { edgeUnderTest, ok } from "./edge-under-test.ts";

const silence: Respond = () => {};

/** What happens when a target takes too long. */
export function timeoutCases(start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  describe("time", () => {
    test("over for the answer is 504, and the target's connection is cut", async () => {
      const scene = await open([silence, ok], { group: { responseTimeout: "30ms" } });
      const answer = await scene.client.ask("GET", "/");
      expect([answer.status, answer.body.toString()]).toEqual([
        504,
        "504 the target did not answer in time\n",
      ]);
      await scene.origin.connections[0]?.closed();
      expect((await finish(scene))[0]).toMatchObject({ attempts: 1, fault: "timeout: no answer in time" });
    });

    test("does not run for the answer while the client's body is awaited", async () => {
      const scene = await open(ok, { group: { responseTimeout: "30ms" } });
      scene.client.request("POST", "/", ["transfer-encoding: chunked"], "5\r\nhello\r\n");
      await Bun.sleep(100);
      scene.client.send("0\r\n\r\n");
      expect((await scene.client.answer()).status).toBe(200);
      await finish(scene);
    });

    test("over between parts of the answer breaks it off", async () => {
      const scene = await open("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n", {
        group: { bodyTimeout: "30ms" },
      });
      await expect(scene.client.ask("GET", "/")).rejects.toThrow("the peer closed after");
      await scene.client.closed();
      expect((await finish(scene))[0]?.fault).toBe("timeout: the answer came to a halt");
    });

    test("over for the connection is 504 when there is no other target", async () => {
      // The handshake is a part of connecting, and this target, which knows no TLS, never does its own.
      const { origin } = await open(silence);
      const scene = await open(ok, {
        group: { connectTimeout: "30ms", targets: [{ url: `https://127.0.0.1:${origin.port}` }] },
      });
      const answer = await scene.client.ask("GET", "/");
      expect([answer.status, answer.body.toString()]).toEqual([
        504,
        "504 no target could be reached in time\n",
      ]);
      await finish(scene);
    });

    test("over for the connection sends any method to the next target", async () => {
      const { origin: mute } = await open(silence);
      const { origin: good } = await open(ok);
      const scene = await open(ok, {
        group: {
          connectTimeout: "30ms",
          targets: [{ url: `https://127.0.0.1:${mute.port}` }, { url: good.url }],
        },
      });
      expect((await scene.client.ask("POST", "/")).status).toBe(200);
      await finish(scene);
    });
  });
}
