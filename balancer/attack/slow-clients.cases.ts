import { describe, expect, test } from "bun:test";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { edgeUnderTest, ok, type Scene } from "../http/cases/edge-under-test.ts";
import type { StartEdge } from "../testing/edge-fixture.ts";
import { until } from "../testing/until.ts";

/** More than a coarse timer is late. */
const slackMs = 1500;

/** Clients that would hold a target for as long as they like. */
export function slowClientCases(name: string, start: StartEdge): void {
  const { open, finish } = edgeUnderTest(start);

  /** A client that has begun a body, of which the target has got a part. */
  async function withBodyBegun(listener = {}) {
    const clock = new VirtualClock();
    const scene = await open(ok, { clock, listener });
    scene.client.request("POST", "/slow", ["transfer-encoding: chunked"], "1\r\na\r\n");
    await arrives(scene, "a");
    return { clock, scene };
  }

  const arrives = (scene: Scene, text: string) =>
    until(`${text} is at the target`, () => scene.origin.connections[0]?.received.includes(`${text}\r\n`));

  describe(`the ${name} edge`, () => {
    test("gives up a body of which nothing comes for bodyTimeout, and frees the target", async () => {
      const { clock, scene } = await withBodyBegun({ bodyTimeout: "5s" });
      clock.advance(4900);
      expect(scene.edge.target("t0").inFlight).toBe(1);
      clock.advance(100 + slackMs);
      expect((await scene.client.answer()).status).toBe(408);
      await scene.edge.inFlight(0);
      expect(scene.edge.target("t0").failures).toBe(0);
      await finish(scene);
    });

    test("gives up a body that trickles", async () => {
      const { clock, scene } = await withBodyBegun();
      for (const letter of "bcdefghi") {
        clock.advance(1000);
        scene.client.send(`1\r\n${letter}\r\n`);
        await arrives(scene, letter);
      }
      clock.advance(3000);
      scene.client.send("1\r\nz\r\n");
      expect((await scene.client.answer()).status).toBe(408);
      await scene.edge.inFlight(0);
      expect(scene.origin.requests).toEqual([]);
      await finish(scene);
    });

    test("takes a slow body where minBodyRate is 0", async () => {
      const { clock, scene } = await withBodyBegun({ minBodyRate: 0 });
      for (const letter of "bc") {
        clock.advance(30_000);
        scene.client.send(`1\r\n${letter}\r\n`);
        await arrives(scene, letter);
      }
      scene.client.send("0\r\n\r\n");
      expect((await scene.client.answer()).status).toBe(200);
      await finish(scene);
    });

    test("takes a body at the pace of a slow target, however long that is", async () => {
      const clock = new VirtualClock();
      const scene = await open(ok, { clock, group: { responseTimeout: "5m" } });
      const body = Buffer.alloc(20_000_000, "x");
      scene.client.request("POST", "/", [`content-length: ${body.length}`]);
      const connection = await until("the target is connected", () => scene.origin.connections[0]);
      connection.socket.pause();
      scene.client.send(body);
      await isStuck(() => scene.client.socket.writableLength);
      clock.advance(59_000);
      connection.socket.resume();
      expect((await scene.client.answer()).status).toBe(200);
      await finish(scene);
    });

    test("cuts a client off that takes nothing of its answer for writeTimeout, and frees the target", async () => {
      const clock = new VirtualClock();
      const length = 30_000_000;
      const scene = await open(
        (_request, connection) => {
          connection.send(`HTTP/1.1 200 OK\r\ncontent-length: ${length}\r\n\r\n`);
          connection.send(Buffer.alloc(length));
        },
        { clock, listener: { writeTimeout: "5s" } },
      );
      scene.client.socket.pause();
      scene.client.request("GET", "/");
      await isStuck(() => scene.origin.connections[0]?.socket.writableLength ?? 0);
      clock.advance(4900);
      expect(scene.edge.target("t0").inFlight).toBe(1);
      clock.advance(100 + slackMs);
      await scene.edge.inFlight(0);
      await scene.origin.connections[0]?.closed();
      expect(scene.edge.target("t0").failures).toBe(0);
      scene.client.socket.resume();
      await expect(scene.client.answer()).rejects.toThrow("the peer closed after");
      await finish(scene);
    });
  });
}

/** Until something is left to send and stays so for a while. */
async function isStuck(unsent: () => number): Promise<void> {
  let before = -1;
  let looks = 0;
  await until("nothing more is taken", () => {
    looks = unsent() > 0 && unsent() === before ? looks + 1 : 0;
    before = unsent();
    return looks === 30;
  });
}
