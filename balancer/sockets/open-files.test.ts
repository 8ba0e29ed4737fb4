import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { RawClient } from "../testing/raw-client.ts";
import { until } from "../testing/until.ts";

const openFiles = 96;

const target = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("hi") });
afterAll(() => target.stop(true));

const program = `'${process.execPath}' '${join(import.meta.dir, "..", "main.ts")}'`;

test.each([
  { protocol: "http", edge: "wire", routes: [{ group: "g" }] },
  { protocol: "http", edge: "serve", routes: [{ group: "g" }] },
  { protocol: "tcp", group: "g" },
])(
  "clients that take all open files leave enough for the requests of those who are there: %p",
  async (listener) => {
    const scheme = listener.protocol === "tcp" ? "tcp" : "http";
    const config = {
      listeners: [{ name: "public", listen: "127.0.0.1:0", ...listener }],
      groups: { g: { targets: [{ url: `${scheme}://127.0.0.1:${target.port}` }] } },
    };
    const balancer = BalancerProcess.start(
      ["-c", `ulimit -n ${openFiles} && exec ${program} --config lb.json`],
      { "lb.json": JSON.stringify(config) },
      "sh",
    );
    const clients: RawClient[] = [];
    try {
      const port = Number(
        await until("the listener is up", () => /:(\d+)\n/.exec(balancer.stdout)?.[1], 15_000),
      );
      await Promise.allSettled(
        Array.from({ length: openFiles }, async () => {
          const client = await RawClient.connect(port);
          clients.push(client);
          await client.ask("GET", "/");
        }),
      );
      await until("it is told", () => balancer.stderr.includes("open files: nearly all 96"));
      const open = await until("too many have been closed", () => {
        const left = clients.filter(({ isClosed }) => !isClosed);
        return left.length < openFiles ? left : undefined;
      });
      const answers = await Promise.allSettled(open.map((client) => client.ask("GET", "/")));
      const statuses = answers.flatMap((each) => (each.status === "fulfilled" ? [each.value.status] : []));
      expect(statuses.length).toBeGreaterThan(10);
      expect(new Set(statuses)).toEqual(new Set([200]));
      expect(balancer.stderr).not.toContain("unhealthy");
      for (const { socket } of clients) socket.destroy();
      await until("there is room again", async () => {
        const client = await RawClient.connect(port).catch(() => undefined);
        const answer = await client?.ask("GET", "/").catch(() => undefined);
        client?.socket.destroy();
        return answer?.status === 200 ? true : undefined;
      });
    } finally {
      for (const { socket } of clients) socket.destroy();
      await balancer.stop();
    }
  },
  20_000,
);
