import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { FaultyServer } from "../../../bench/faults/servers.ts";
import { runLoad } from "../../../bench/load/load.ts";
import { type Balancer, startBalancer } from "../../balancer.ts";
import { parseConfig } from "../../config/load.ts";
import type { StatusDocument } from "../../observe/status.ts";
import { until } from "../../testing/until.ts";

const serverCount = 9;
/** All that takes its time, at a tenth of the defaults. */
const group = {
  outlierDetection: { interval: "1s", baseEjectionTime: "500ms", maxEjectionTime: "1500ms", jitter: "100ms" },
  slowStart: { window: "1s" },
};

const setups = [
  { workers: 1, policy: { name: "ewma", decay: "1s" } },
  { workers: 2, policy: { name: "round-robin" } },
] as const;

for (const { workers, policy } of setups)
  describe(`one of nine servers, ${workers} workers, ${policy.name}`, () => {
    let servers: readonly FaultyServer[];
    let balancer: Balancer;
    const lines: string[] = [];
    const load = new AbortController();

    beforeAll(async () => {
      servers = await FaultyServer.startAll(serverCount, 1);
      const loaded = parseConfig(
        JSON.stringify({
          workers,
          listeners: [
            {
              name: "web",
              protocol: "http",
              listen: "127.0.0.1:0",
              status: "/status",
              routes: [{ group: "g" }],
            },
          ],
          groups: {
            g: {
              ...group,
              policy,
              targets: servers.map(({ id, port }) => ({ id, url: `http://127.0.0.1:${port}` })),
            },
          },
        }),
        "lb.json",
      );
      if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
      balancer = await startBalancer(loaded.config, (line) => lines.push(line));
      const shape = {
        kind: "open",
        ratePerSecond: 600,
        durationMs: 60_000,
        maxConnections: 512,
      } as const;
      runLoad({ url: `${urlOf(balancer)}/`, shape }, { signal: load.signal }).catch(() => {});
    });

    afterAll(async () => {
      load.abort();
      await balancer.stop();
      for (const server of servers) await server.kill();
    });

    const requests = async () => {
      const status = (await (await fetch(`${urlOf(balancer)}/status`)).json()) as StatusDocument;
      const counts = (status.groups.g?.targets ?? []).map((target) => target.requests);
      return { own: counts[0] ?? 0, all: counts.reduce((sum, count) => sum + count, 0) };
    };

    /** The first server's part of the next `count` requests. */
    async function shareOf(count: number): Promise<number> {
      const before = await requests();
      const after = await until(`${count} more requests`, async () => {
        const now = await requests();
        return now.all >= before.all + count ? now : undefined;
      });
      return (after.own - before.own) / (after.all - before.all);
    }

    test("that fails at once gets little after a second, and its share back when it is sound", async () => {
      const [server] = servers;
      if (server === undefined) throw new Error("no server");
      await shareOf(300);
      await server.behave("failing");
      await shareOf(600);
      expect(await shareOf(600)).toBeLessThan(0.02);
      await server.behave("sound");
      await until("its share is back", async () => (await shareOf(150)) > 0.5 / serverCount, 20_000);
      // Turns alone see nothing of failures.
      if (policy.name === "round-robin")
        expect(lines.find((line) => line.includes("s-1 is ejected"))).toContain("server errors");
    }, 30_000);
  });

function urlOf({ listeners: [listener] }: Balancer): string {
  if (listener === undefined) throw new Error("no listener");
  return listener.url;
}
