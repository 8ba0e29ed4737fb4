import { describe, expect, test } from "bun:test";
import type { Socket } from "bun";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { edgeUnderTest, ok } from "../http/cases/edge-under-test.ts";
import { startWireEdge } from "../http/wire/wire-edge.ts";
import { until } from "../testing/until.ts";

/** More than a coarse timer is late. */
const slackMs = 1500;
const connections = 1000;

/** Clients that do nothing but connect, and send `beginning`. */
async function crowd(port: number, beginning: string) {
  let open = 0;
  let received = 0;
  const sockets: Promise<Socket>[] = [];
  for (let index = 0; index < connections; index++) {
    const socket = Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open(opened) {
          open++;
          if (beginning !== "") opened.write(beginning);
        },
        data(_socket, bytes) {
          received += bytes.length;
        },
        close() {
          open--;
        },
      },
    });
    sockets.push(socket);
  }
  await Promise.all(sockets);
  return {
    get open() {
      return open;
    },
    get received() {
      return received;
    },
  };
}

describe("the wire edge under a crowd", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  test.each([
    ["that says nothing", "", { idleTimeout: "5s" }, 8],
    [
      "that begins a head",
      `GET / HTTP/1.1\r\nhost: t\r\nx-a: ${"b".repeat(8000)}`,
      { headTimeout: "5s" },
      40,
    ],
    [
      "that begins a body",
      "POST / HTTP/1.1\r\nhost: t\r\ncontent-length: 65536\r\n\r\nhello",
      { bodyTimeout: "5s" },
      90,
    ],
  ] as const)(
    "%s costs little for each, and is sent away in time",
    async (_what, beginning, listener, mostKib) => {
      const clock = new VirtualClock();
      const scene = await open(ok, { clock, listener });
      Bun.gc(true);
      const before = process.memoryUsage.rss();
      const clients = await crowd(scene.edge.port, beginning);
      // Its answer comes after all that was sent before has been read.
      for (let round = 0; round < 3; round++)
        expect((await (await scene.edge.client()).ask("GET", "/", ["connection: close"])).status).toBe(200);
      Bun.gc(true);
      expect((process.memoryUsage.rss() - before) / 1024 / connections).toBeLessThan(mostKib);
      expect(clients.open).toBe(connections);
      clock.advance(5000 + slackMs);
      await until("all have been answered with 408", () => clients.received >= connections * 50);
      clock.advance(5000 + slackMs);
      await until("all are closed", () => clients.open === 0);
      expect(scene.edge.target("t0").inFlight).toBe(0);
      await finish(scene);
    },
  );

  test("takes maxConnections and no more, until one leaves", async () => {
    const scene = await open(ok, { listener: { maxConnections: 3 } });
    const [second, third] = [await scene.edge.client(), await scene.edge.client()];
    for (const client of [scene.client, second, third])
      expect((await client.ask("GET", "/")).status).toBe(200);
    await (await scene.edge.client()).closed();
    expect((await third.ask("GET", "/")).status).toBe(200);
    third.close();
    await third.closed();
    expect((await (await scene.edge.client()).ask("GET", "/", ["connection: close"])).status).toBe(200);
    second.reset();
    await finish(scene);
  });

  test("takes maxFields header lines and no more", async () => {
    const scene = await open(ok, { listener: { maxFields: 5 } });
    expect((await scene.client.ask("GET", "/", new Array<string>(4).fill("x-a: b"))).status).toBe(200);
    expect((await scene.client.ask("GET", "/", new Array<string>(5).fill("x-a: b"))).status).toBe(431);
    await scene.client.closed();
    await finish(scene);
  });
});
