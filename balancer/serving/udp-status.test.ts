import { expect, test } from "bun:test";
import { startBalancer } from "../balancer.ts";
import { parseConfig } from "../config/load.ts";
import type { StatusDocument } from "../observe/status.ts";
import { openClient, startEcho } from "../stream/udp.fixture.ts";
import { until } from "../testing/until.ts";

test.each([1, 2])(
  "/status tells of UDP listeners, also where workers answer it; %d workers",
  async (workers) => {
    const echo = await startEcho("a");
    const closed = await startEcho("b");
    closed.close();
    const listen = "127.0.0.1:0";
    const text = JSON.stringify({
      workers,
      listeners: [
        { name: "dns", protocol: "udp", listen, group: "dns" },
        { name: "gone", protocol: "udp", listen, group: "gone" },
        { name: "public", protocol: "http", listen, status: "/status", routes: [{ group: "web" }] },
      ],
      groups: {
        dns: { policy: "round-robin", targets: [{ url: `udp://127.0.0.1:${echo.port}` }] },
        gone: { panicThreshold: 0, targets: [{ url: `udp://127.0.0.1:${closed.port}` }] },
        web: { targets: [{ url: "http://127.0.0.1:1" }] },
      },
    });
    const loaded = parseConfig(text, "lb.json");
    if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
    const balancer = await startBalancer(loaded.config, () => {});
    const [dns = 0, gone = 0, web = 0] = balancer.listeners.map(({ url }) => Number(new URL(url).port));
    const [client, other] = [await openClient(dns), await openClient(gone)];
    try {
      await client.ask("x");
      const lost = async () => {
        other.send("x");
        const status = (await (await fetch(`http://127.0.0.1:${web}/status`)).json()) as StatusDocument;
        const dropped = (status.udp?.gone?.dropped.noTarget ?? 0) > 0;
        return dropped && status.udp?.dns?.datagramsOut === 1 ? status : undefined;
      };
      const { udp, groups } = await until("both sections", lost);
      expect(udp?.dns).toEqual({
        sessions: 1,
        sessionsBegun: 1,
        sessionsEvicted: 0,
        datagramsIn: 1,
        datagramsOut: 1,
        dropped: { noTarget: 0, noSocket: 0, opening: 0, blocked: 0, unsendable: 0, draining: 0 },
      });
      expect(groups.dns?.targets).toMatchObject([{ state: "healthy", inFlight: 1, failures: 0 }]);
      expect(groups.gone?.targets).toMatchObject([{ state: "unhealthy", failures: 3 }]);
    } finally {
      await balancer.stop();
      for (const each of [client, other, echo]) each.close();
    }
  },
);
