import { describe, expect, test } from "bun:test";
import { okWith, RawOrigin } from "../../testing/raw-origin.ts";
import { startFromConfig } from "../../testing/started-balancer.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { until } from "../../testing/until.ts";
import { unusedPort } from "../../testing/unused-port.ts";

/** A span as it comes to a collector (OTLP 1.5 in JSON), as far as it is looked at. */
interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: object }[];
  readonly events: readonly unknown[];
  readonly status: { readonly code: number; readonly message?: string };
}

const opened = stopAfterEach();

/** A collector of OTLP over HTTP that reads what it gets strictly; `answer` decides on each request. */
function startCollector(answer: (request: number) => number = () => 200) {
  const spans: OtlpSpan[] = [];
  const resources: unknown[] = [];
  const paths: string[] = [];
  const authorizations: (string | null)[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      paths.push(new URL(request.url).pathname);
      authorizations.push(request.headers.get("authorization"));
      const status = answer(paths.length);
      if (status !== 200) return new Response("", { status });
      if (request.headers.get("content-type") !== "application/json")
        return new Response("", { status: 415 });
      const body = (await request.json()) as {
        resourceSpans: { resource: unknown; scopeSpans: { spans: OtlpSpan[] }[] }[];
      };
      for (const { resource, scopeSpans } of body.resourceSpans) {
        resources.push(resource);
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      return Response.json({});
    },
  });
  opened({ stop: () => server.stop(true) });
  return { url: `http://127.0.0.1:${server.port}`, spans, resources, paths, authorizations };
}

async function startTraced(endpoint: string, more: object = {}) {
  const origin = await RawOrigin.start((_request, connection) => connection.send(okWith("hi")));
  opened(origin);
  const listener = (edge: string) => ({
    name: edge,
    edge,
    protocol: "http",
    listen: "127.0.0.1:0",
    routes: [{ group: "g" }],
  });
  const balancer = await startFromConfig({
    listeners: [listener("wire"), listener("serve")],
    groups: {
      g: {
        policy: "round-robin",
        health: false,
        targets: [
          { id: "gone", url: `http://127.0.0.1:${unusedPort()}` },
          { id: "there", url: origin.url },
        ],
      },
    },
    tracing: { endpoint, ratio: 1, serviceName: "edge", headers: { authorization: "Bearer x" } },
    admin: { listen: "127.0.0.1:0" },
    ...more,
  });
  opened(balancer);
  return balancer;
}

const attributesOf = (span: OtlpSpan | undefined) =>
  Object.fromEntries(span?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]) ?? []);

/** The sample's value in what `/metrics` says. */
async function metric(admin: string | undefined, name: string, accept = "text/plain"): Promise<string[]> {
  const text = await (await fetch(`${admin}/metrics`, { headers: { accept } })).text();
  return text.split("\n").filter((line) => line.startsWith(name));
}

describe.each([1, 2])("with %d workers", (workers) => {
  test("each request comes to the collector as a span, with one below it for each attempt", async () => {
    const collector = startCollector();
    const balancer = await startTraced(collector.url, { workers });
    const before = BigInt(Date.now()) * 1_000_000n;
    for (const { url } of balancer.listeners) await (await fetch(`${url}/a/b?c=d`)).text();
    const servers = await until("all spans have come", () => {
      const found = collector.spans.filter((span) => span.kind === 2);
      return found.length === 2 && found;
    });
    expect(new Set(servers.map((span) => attributesOf(span)["ballast.listener"]))).toEqual(
      new Set(["wire", "serve"]),
    );
    for (const server of servers) {
      const below = collector.spans.filter((span) => span.parentSpanId === server.spanId);
      expect(server).toMatchObject({ name: "GET" });
      expect(server.parentSpanId).toBeUndefined();
      expect(server.status).toEqual({ code: 0 });
      expect(attributesOf(server)).toMatchObject({
        "http.request.method": "GET",
        "url.path": "/a/b",
        "url.query": "c=d",
        "http.response.status_code": 200,
        "ballast.group": "g",
      });
      for (const span of [server, ...below]) {
        expect([span.traceId, span.spanId]).toEqual([
          server.traceId,
          expect.stringMatching(/^[0-9a-f]{16}$/),
        ]);
        const [start, end] = [BigInt(span.startTimeUnixNano), BigInt(span.endTimeUnixNano)];
        // Clocks of threads agree to a millisecond or two.
        expect(start).toBeGreaterThan(before - 5_000_000n);
        expect(end).toBeGreaterThanOrEqual(start);
        expect(end).toBeLessThan(BigInt(Date.now() + 5) * 1_000_000n);
      }
      const last = below.at(-1);
      expect(attributesOf(last)).toMatchObject({
        "ballast.target": "there",
        "http.response.status_code": 200,
      });
      expect(server.events?.length).toBe(below.length - 1);
    }
    // Turns or a refusal: at least one request met the target that is gone.
    const retried = servers.find((span) => span.events?.length === 1);
    expect(retried?.events).toMatchObject([{ name: "retry" }]);
    expect(collector.resources[0]).toMatchObject({
      attributes: expect.arrayContaining([{ key: "service.name", value: { stringValue: "edge" } }]),
    });
    expect(new Set(collector.paths)).toEqual(new Set(["/v1/traces"]));
    expect(new Set(collector.authorizations)).toEqual(new Set(["Bearer x"]));
    await until("the count is there", async () =>
      (await metric(balancer.admin, "ballast_traced_requests_total")).includes(
        "ballast_traced_requests_total 2",
      ),
    );
    const open = await metric(
      balancer.admin,
      "ballast_request_duration_seconds_bucket",
      "application/openmetrics-text",
    );
    const ids = open.flatMap(
      (line) => /# \{trace_id="([0-9a-f]{32})"\} [\d.e-]+ [\d.]+$/.exec(line)?.[1] ?? [],
    );
    expect(new Set(ids)).toEqual(new Set(servers.map((span) => span.traceId)));
  });

  test("what is left is sent at the end", async () => {
    const collector = startCollector();
    const balancer = await startTraced(collector.url, { workers });
    await (await fetch(`${balancer.listeners[0]?.url}/`)).text();
    await balancer.drain();
    expect(collector.spans.filter((span) => span.kind === 2)).toHaveLength(1);
  });
});

test("a collector that is busy is asked again, one that says no is not", async () => {
  const busy = startCollector((request) => (request === 1 ? 503 : 200));
  const one = await startTraced(busy.url);
  await (await fetch(`${one.listeners[0]?.url}/`)).text();
  await until("the second try has come", () => busy.spans.length > 0);

  const no = startCollector(() => 400);
  const other = await startTraced(no.url);
  await (await fetch(`${other.listeners[0]?.url}/`)).text();
  await until("it is given up", async () =>
    (await metric(other.admin, "ballast_lost_traces_total")).includes("ballast_lost_traces_total 1"),
  );
  expect(no.paths).toHaveLength(1);
});
