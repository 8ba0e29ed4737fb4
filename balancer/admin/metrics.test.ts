import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Balancer } from "../balancer.ts";
import { okWith, RawOrigin } from "../testing/raw-origin.ts";
import { startFromConfig } from "../testing/started-balancer.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const opened = stopAfterEach();

interface Scrape {
  readonly text: string;
  /** The value of the sample that begins so. */
  value(sample: string): number | undefined;
}

async function scrape({ admin }: Balancer, accept = "text/plain"): Promise<Scrape> {
  const response = await fetch(`${admin}/metrics`, { headers: { accept } });
  const text = await response.text();
  const values = new Map(
    text.split("\n").map((line): [string, number] => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
  return { text, value: (sample) => values.get(sample) };
}

/** A listener of each edge before a target that answers as its path says, and one that refuses. */
async function start(
  more: object = {},
): Promise<Balancer & { ask(edge: number, path: string, init?: RequestInit): Promise<Response> }> {
  const origin = await RawOrigin.start((request, connection) => {
    if (request.target === "/reset") connection.reset();
    else
      connection.send(request.target === "/500" ? okWith("no").replace("200 OK", "500 No") : okWith("hello"));
  });
  opened(origin);
  const listener = (name: string) => ({
    name,
    edge: name,
    protocol: "http",
    listen: "127.0.0.1:0",
    routes: [
      { path: "/", group: "g" },
      { path: "/gone", group: "gone" },
    ],
    maxBodyBytes: 100,
  });
  const balancer = await startFromConfig({
    listeners: [listener("wire"), listener("serve")],
    groups: {
      g: { health: false, retries: 0, targets: [{ id: "t", url: origin.url }] },
      gone: { health: false, targets: [{ id: "refuses", url: `http://127.0.0.1:${await unusedPort()}` }] },
    },
    admin: { listen: "127.0.0.1:0" },
    ...more,
  });
  opened(balancer);
  return {
    ...balancer,
    ask: (edge, path, init) => fetch(`${balancer.listeners[edge]?.url}${path}`, init),
  };
}

describe.each([1, 2])("with %d workers", (workers) => {
  test("what both edges answer is counted, once and under its name", async () => {
    const balancer = await start({ workers });
    for (const edge of [0, 1]) {
      for (const [path, status] of [
        ["/", 200],
        ["/", 200],
        ["/500", 500],
        ["/reset", 502],
      ] as const)
        expect((await balancer.ask(edge, path)).status).toBe(status);
      expect((await balancer.ask(edge, "/", { method: "POST", body: "x".repeat(30) })).status).toBe(200);
      expect((await balancer.ask(edge, "/gone")).status).toBe(503);
    }
    await until("all is counted", async () => {
      const { value } = await scrape(balancer);
      return value('ballast_requests_total{listener="serve",group="gone",code="5xx"}') === 1;
    });
    const { value } = await scrape(balancer);
    for (const listener of ["wire", "serve"]) {
      const at = `listener="${listener}",group="g"`;
      expect(value(`ballast_requests_total{${at},code="2xx"}`)).toBe(3);
      expect(value(`ballast_requests_total{${at},code="5xx"}`)).toBe(2);
      expect(value(`ballast_refusals_total{${at},reason="reset"}`)).toBe(1);
      expect(value(`ballast_refusals_total{listener="${listener}",group="gone",reason="connect"}`)).toBe(1);
      expect(value(`ballast_request_duration_seconds_count{${at}}`)).toBe(5);
      expect(value(`ballast_received_bytes_total{${at}}`)).toBe(30);
      expect(value(`ballast_sent_bytes_total{${at}}`)).toBe(3 * 5 + 2);
    }
    expect(value('ballast_attempts_total{group="g",target="t",outcome="2xx"}')).toBe(6);
    expect(value('ballast_attempts_total{group="g",target="t",outcome="reset"}')).toBe(2);
    expect(value('ballast_attempts_total{group="gone",target="refuses",outcome="connect"}')).toBe(2);
    expect(value('ballast_first_byte_seconds_count{group="g",target="t"}')).toBe(8);
    expect(value('ballast_in_flight_attempts{group="g",target="t"}')).toBe(0);
    expect(value('ballast_open_connections{listener="wire"}')).toBeGreaterThan(0);
    expect(value('ballast_target_connections{group="g",target="t"}')).toBeGreaterThan(0);
    expect(value('ballast_connect_duration_seconds_count{group="g",target="t"}')).toBeGreaterThan(0);
    expect(value("process_open_fds")).toBeGreaterThan(5);
    expect(value('ballast_event_loop_lag_seconds{thread="0"}')).toBeGreaterThanOrEqual(0);
  });
});

test("what no route takes, and what is too large, is counted by its reason", async () => {
  const balancer = await start({
    listeners: [
      {
        name: "wire",
        protocol: "http",
        listen: "127.0.0.1:0",
        maxBodyBytes: 10,
        routes: [
          { path: "/a", group: "g" },
          { path: "/gone", group: "gone" },
        ],
      },
    ],
  });
  await balancer.ask(0, "/b");
  await balancer.ask(0, "/a", { method: "POST", body: "x".repeat(20) });
  const { value } = await scrape(balancer);
  const refused = (reason: string) =>
    value(`ballast_refusals_total{listener="wire",group="",reason="${reason}"}`);
  expect([refused("no_route"), refused("too_large")]).toEqual([1, 1]);
});

test("of a target that goes down, its state and how it was taken out are told", async () => {
  const balancer = await start({
    groups: {
      g: {
        health: { path: "/", interval: "10ms", timeout: "1s", unhealthyAfter: 2 },
        targets: [{ id: "down", url: `http://127.0.0.1:${await unusedPort()}` }],
      },
      gone: { health: false, targets: [{ url: "http://127.0.0.1:1" }] },
    },
  });
  const { value } = await until("the target is out", async () => {
    const seen = await scrape(balancer);
    return seen.value('ballast_target_state{group="g",target="down",state="unhealthy"}') === 1 && seen;
  });
  expect(value('ballast_target_state{group="g",target="down",state="healthy"}')).toBe(0);
  expect(value('ballast_ejections_total{group="g",target="down",state="unhealthy"}')).toBe(1);
  expect(value('ballast_health_checks_total{group="g",target="down",result="failed"}')).toBeGreaterThan(0);
});

describe.each([1, 2])("with %d workers, of the group as a whole", (workers) => {
  test("retries, hedges, copies, waiting and limits are counted, on both edges alike", async () => {
    const silent = await RawOrigin.start(() => {});
    const quick = await RawOrigin.start((_request, connection) => connection.send(okWith("hi")));
    opened(silent);
    opened(quick);
    const gone = `http://127.0.0.1:${unusedPort()}`;
    const group = (more: object, ...targets: string[]) => ({
      health: false,
      policy: "round-robin",
      outlierDetection: false,
      targets: targets.map((url, index) => ({ id: `t${index}`, url })),
      ...more,
    });
    const routes = [
      { path: "/retried", group: "retried" },
      { path: "/denied", group: "denied" },
      { path: "/hedged", group: "hedged", mirror: { group: "shadow" } },
      { path: "/full", group: "full" },
      { path: "/often", group: "quick", rateLimit: { requests: 1, per: "1h" } },
    ];
    const listener = (edge: string) => ({
      name: edge,
      edge,
      protocol: "http",
      listen: "127.0.0.1:0",
      routes,
    });
    const balancer = await start({
      workers,
      listeners: [listener("wire"), listener("serve")],
      groups: {
        retried: group({}, gone, quick.url),
        denied: group({ retry: { budget: 0, minPerSecond: 0 } }, gone, gone),
        hedged: group({ hedge: { after: "5ms" } }, silent.url, quick.url),
        shadow: group({ concurrency: { adaptive: true } }, quick.url),
        full: group({ maxRequests: 1, maxQueue: 1, queueTimeout: "20ms" }, silent.url),
        quick: group({}, quick.url),
      },
    });
    const statusOf = async (edge: number, path: string) => {
      const response = await balancer.ask(edge, path);
      await response.text();
      return response.status;
    };
    const waiting: Promise<unknown>[] = [];
    for (const edge of [0, 1]) {
      for (const path of ["/retried", "/retried", "/hedged", "/hedged"])
        expect(await statusOf(edge, path)).toBe(200);
      expect(await statusOf(edge, "/denied")).toBe(503);
      expect([await statusOf(edge, "/often"), await statusOf(edge, "/often")]).toEqual([200, 429]);
    }
    const leave = new AbortController();
    for (let request = 0; request < 4 * workers; request++)
      waiting.push(balancer.ask(0, "/full", { signal: leave.signal }).catch(() => {}));
    const seen = await until("all is counted", async () => {
      const { value } = await scrape(balancer);
      const isOver =
        (value('ballast_queue_refusals_total{group="full",reason="timeout"}') ?? 0) > 0 &&
        value('ballast_queued{group="full"}') === 0;
      return isOver && value;
    });
    leave.abort();
    await Promise.all(waiting);
    const budget = (group: string, result: string) =>
      seen(`ballast_retry_budget_attempts_total{group="${group}",result="${result}"}`);
    expect(budget("retried", "taken")).toBeGreaterThan(0);
    expect([budget("denied", "taken"), budget("denied", "denied")]).toEqual([0, 2]);
    expect(seen('ballast_hedges_total{group="hedged"}')).toBeGreaterThan(0);
    expect(seen('ballast_hedges_won_total{group="hedged"}')).toBe(
      seen('ballast_hedges_total{group="hedged"}'),
    );
    expect(seen('ballast_mirrored_requests_total{group="shadow",result="sent"}')).toBe(4);
    expect(seen('ballast_concurrency_limit{group="shadow"}')).toBeGreaterThan(0);
    expect(seen('ballast_concurrency_limit{group="quick"}')).toBeUndefined();
    expect(seen('ballast_group_panic{group="quick"}')).toBe(0);
    for (const edge of ["wire", "serve"])
      expect(seen(`ballast_refusals_total{listener="${edge}",group="quick",reason="rate_limited"}`)).toBe(1);
  });
});

test("connections beyond what a listener may have are counted", async () => {
  const balancer = await start({
    listeners: [
      {
        name: "wire",
        protocol: "http",
        listen: "127.0.0.1:0",
        maxConnections: 1,
        routes: [{ path: "/", group: "g" }],
      },
    ],
  });
  const { port, hostname } = new URL(balancer.listeners[0]?.url ?? "");
  const connect = () => Bun.connect({ hostname, port: Number(port), socket: { data() {} } });
  const sockets = [await connect(), await connect(), await connect()];
  await until("two are refused", async () => {
    const { value } = await scrape(balancer);
    return value('ballast_refused_connections_total{listener="wire"}') === 2;
  });
  for (const socket of sockets) socket.end();
});

test("discovery and reloads are told of", async () => {
  const listed = join(mkdtempSync(join(tmpdir(), "ballast-metrics-")), "targets.json");
  await Bun.write(listed, JSON.stringify([{ url: "http://127.0.0.1:1" }, { url: "http://127.0.0.1:2" }]));
  const balancer = await start({
    groups: {
      g: { health: false, discovery: { provider: "file", path: listed } },
      gone: { health: false, targets: [{ url: "http://127.0.0.1:1" }] },
    },
  });
  const at = 'group="g",provider="file"';
  const before = await scrape(balancer);
  expect(before.value(`ballast_discovered_targets{${at}}`)).toBe(2);
  expect(before.value(`ballast_discovery_lookups_total{${at},result="found"}`)).toBeGreaterThan(0);
  expect(before.value(`ballast_discovery_lookups_total{${at},result="failed"}`)).toBe(0);
  const lastSuccess = before.value(`ballast_discovery_success_time_seconds{${at}}`) ?? 0;
  expect(Math.abs(lastSuccess - Date.now() / 1000)).toBeLessThan(60);
  expect(before.value("ballast_config_reload_ok")).toBe(1);
  await balancer.reload({ ok: false, faults: ["lb.json: nonsense"] }, "a test");
  const after = await scrape(balancer);
  expect(after.value("ballast_config_reload_ok")).toBe(0);
  expect(after.value('ballast_config_reloads_total{result="refused"}')).toBe(1);
  rmSync(dirname(listed), { recursive: true });
});

test.skipIf(Bun.which("promtool") === null)("promtool finds nothing wrong with either format", async () => {
  const balancer = await start();
  await balancer.ask(0, "/");
  const { text } = await scrape(balancer);
  const check = Bun.spawn(["promtool", "check", "metrics"], {
    stdin: Buffer.from(text),
    stdout: "pipe",
    stderr: "pipe",
  });
  const found = `${await new Response(check.stdout).text()}${await new Response(check.stderr).text()}`;
  expect([await check.exited, found]).toEqual([0, ""]);
  const open = await scrape(balancer, "application/openmetrics-text; version=1.0.0");
  expect(open.text).toEndWith("\n# EOF\n");
});
