import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { families } from "../observe/metrics/metrics.ts";
import { okWith, RawOrigin } from "../testing/raw-origin.ts";
import { startFromConfig } from "../testing/started-balancer.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { unusedPort } from "../testing/unused-port.ts";

const ops = join(import.meta.dir, "..", "..", "ops");
const rules = join(ops, "prometheus", "alerts.yml");
const hasPrometheus = Bun.which("prometheus") !== null && Bun.which("promtool") !== null;
if (!hasPrometheus)
  console.log("prometheus and promtool are not installed: tests of rules and scrapes are skipped");

const opened = stopAfterEach();

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

const dashboard = JSON.parse(readFileSync(join(ops, "grafana", "ballast.json"), "utf8")) as Dashboard;
const expressions = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

async function promtool(...args: readonly string[]): Promise<string> {
  const child = Bun.spawn(["promtool", ...args], { stdout: "pipe", stderr: "pipe" });
  const output = `${await new Response(child.stdout).text()}${await new Response(child.stderr).text()}`;
  if ((await child.exited) !== 0) throw new Error(`promtool ${args.join(" ")}:\n${output}`);
  return output;
}

test("the dashboard and the rules ask for metrics that there are", () => {
  const known = new Set(
    families.flatMap(({ name, type }) =>
      type === "counter" ? [`${name}_total`] : type === "histogram" ? [`${name}_bucket`] : [name],
    ),
  );
  const asked = [...expressions, readFileSync(rules, "utf8")].flatMap(
    (text) => text.match(/\b(?:ballast|process)_\w+/g) ?? [],
  );
  expect(asked.length).toBeGreaterThan(30);
  expect(asked.filter((name) => !known.has(name))).toEqual([]);
});

test.skipIf(!hasPrometheus)("the rules are right, and fire when they should", async () => {
  await promtool("check", "config", join(ops, "prometheus", "prometheus.yml"));
  expect(await promtool("test", "rules", join(ops, "prometheus", "alerts.test.yml"))).toContain("SUCCESS");
});

test.skipIf(!hasPrometheus)(
  "a Prometheus server scrapes a balancer under load, and answers every panel",
  async () => {
    const origin = await RawOrigin.start((_request, connection) => connection.send(okWith("hi")));
    opened(origin);
    const balancer = await startFromConfig({
      listeners: [{ name: "public", protocol: "http", listen: "127.0.0.1:0", routes: [{ group: "g" }] }],
      groups: { g: { health: false, targets: [{ id: "t", url: origin.url }] } },
      admin: { listen: "127.0.0.1:0" },
    });
    opened(balancer);
    const ask = await startPrometheus(new URL(balancer.admin ?? "").host);
    let answered = 0;
    const load = setInterval(() => {
      fetch(`${balancer.listeners[0]?.url}/`).then(
        () => answered++,
        // The test is over.
        () => {},
      );
    }, 5);
    opened({ stop: () => clearInterval(load) });

    await until(
      "two scrapes have come",
      async () => (await ask("rate(ballast_requests_total[10s])")).length > 0,
      20_000,
    );
    const [rate] = await ask(
      'sum(rate(ballast_requests_total{listener="public",group="g",code="2xx"}[10s]))',
    );
    expect(Number(rate?.value[1])).toBeGreaterThan(1);
    expect(answered).toBeGreaterThan(10);
    const filled = await Promise.all(
      expressions.map(async (expression) => {
        const text = expression
          .replaceAll("$__rate_interval", "10s")
          .replaceAll("$instance", ".*")
          .replaceAll("$group", ".*");
        return (await ask(text)).length > 0;
      }),
    );
    // The rest tell of what did not happen: errors, refusals, targets that are out, UDP.
    expect(filled.filter((isFilled) => isFilled).length).toBeGreaterThan(expressions.length * 0.7);
  },
  30_000,
);

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A server of its own that scrapes `target` five times a second; returns what asks it. */
async function startPrometheus(target: string): Promise<(expression: string) => Promise<readonly Series[]>> {
  const directory = mkdtempSync(join(tmpdir(), "ballast-prometheus-"));
  const config = readFileSync(join(ops, "prometheus", "prometheus.yml"), "utf8")
    .replaceAll("127.0.0.1:9900", target)
    .replaceAll("15s", "200ms")
    .replace("alerts.yml", rules);
  writeFileSync(join(directory, "prometheus.yml"), config);
  const port = unusedPort();
  const server = Bun.spawn(
    [
      "prometheus",
      `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--enable-feature=exemplar-storage",
    ],
    { stdout: "ignore", stderr: "ignore" },
  );
  opened({
    async stop() {
      server.kill("SIGKILL");
      await server.exited;
      rmSync(directory, { recursive: true, force: true });
    },
  });
  await until(
    "prometheus is ready",
    () =>
      fetch(`http://127.0.0.1:${port}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    20_000,
  );
  return async (expression) => {
    const query = new URLSearchParams({ query: expression });
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/query?${query}`);
    const { status, data, error } = (await response.json()) as {
      status: string;
      data?: { result: Series[] };
      error?: string;
    };
    if (status !== "success") throw new Error(`${expression}: ${error}`);
    return data?.result ?? [];
  };
}
