import { afterEach, expect, test } from "bun:test";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { unusedPort } from "../../testing/unused-port.ts";
import { otlpSender } from "./otlp-sender.ts";
import type { TraceRecord } from "./tracer.ts";

const opened = stopAfterEach();
const variables = [
  "OTEL_EXPORTER_OTLP_TIMEOUT",
  "OTEL_EXPORTER_OTLP_COMPRESSION",
  "OTEL_RESOURCE_ATTRIBUTES",
];
afterEach(() => {
  for (const name of variables) delete process.env[name];
});

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const record: TraceRecord = {
  traceId,
  spanId: "00f067aa0ba902b7",
  parentSpanId: "b7ad6b7169203331",
  state: "vendor=a,other=b",
  listener: "web",
  client: "192.0.2.1",
  method: "BREW",
  host: "shop.example:8443",
  path: "/pot?size=1",
  version: "HTTP/1.1",
  group: "pots",
  status: 502,
  fault: "reset",
  epochOffsetMs: 1_700_000_000_000,
  startedAtMs: 1.5,
  endedAtMs: 20.25,
  attempts: [
    {
      spanId: "aaaaaaaaaaaaaaaa",
      targetId: "one",
      targetUrl: "http://10.0.0.1:8000",
      startedAtMs: 2,
      endedAtMs: 3,
      status: undefined,
      failure: "connect",
    },
    {
      spanId: "bbbbbbbbbbbbbbbb",
      targetId: "two",
      targetUrl: "https://two.example",
      startedAtMs: 3,
      endedAtMs: undefined,
      status: undefined,
      failure: "reset",
    },
  ],
};

/** A collector; `answer` is given how many requests came before. */
function startCollector(answer: (before: number) => Response | Promise<Response>) {
  const requests: { readonly atMs: number; readonly headers: Headers; readonly body: Uint8Array }[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const body = await request.bytes();
      requests.push({ atMs: performance.now(), headers: request.headers, body });
      return await answer(requests.length - 1);
    },
  });
  opened({ stop: () => server.stop(true) });
  return { endpoint: new URL("/v1/traces", server.url).href, requests };
}

const senderTo = (endpoint: string) =>
  otlpSender({ endpoint, ratio: 1, serviceName: "edge", headers: { "X-Token": "secret" } }, "1.2.3");

const taken = () => Response.json({});

test("a request's spans say what became of it and of each attempt", async () => {
  process.env.OTEL_RESOURCE_ATTRIBUTES = "deployment.environment.name=test,service.name=other";
  const { endpoint, requests } = startCollector(taken);
  expect(await senderTo(endpoint)([record])).toBeUndefined();
  const [{ headers, body } = never()] = requests;
  expect([headers.get("content-type"), headers.get("x-token")]).toEqual(["application/json", "secret"]);
  const { resourceSpans } = JSON.parse(Buffer.from(body).toString());
  const [{ resource, scopeSpans }] = resourceSpans;
  expect(plain(resource.attributes)).toMatchObject({
    "service.name": "edge",
    "service.version": "1.2.3",
    "deployment.environment.name": "test",
  });
  const [request, one, two] = scopeSpans[0].spans;
  expect(request).toMatchObject({
    traceId,
    spanId: record.spanId,
    parentSpanId: record.parentSpanId,
    traceState: record.state,
    name: "HTTP",
    kind: 2,
    startTimeUnixNano: "1700000000001500000",
    endTimeUnixNano: "1700000000020250000",
    status: { code: 2, message: "reset" },
  });
  expect(plain(request.attributes)).toEqual({
    "http.request.method": "_OTHER",
    "http.request.method_original": "BREW",
    "url.path": "/pot",
    "url.query": "size=1",
    "server.address": "shop.example",
    "server.port": 8443,
    "client.address": "192.0.2.1",
    "network.protocol.version": "1.1",
    "http.response.status_code": 502,
    "error.type": "502",
    "ballast.listener": "web",
    "ballast.group": "pots",
  });
  expect(request.events).toMatchObject([{ name: "retry", timeUnixNano: "1700000000003000000" }]);
  expect(plain(request.events[0].attributes)).toEqual({
    "ballast.target": "two",
    "ballast.failed_target": "one",
    "error.type": "connect",
  });
  for (const span of [one, two])
    expect(span).toMatchObject({ traceId, parentSpanId: record.spanId, kind: 3, status: { code: 2 } });
  expect(plain(one.attributes)).toMatchObject({ "server.address": "10.0.0.1", "server.port": 8000 });
  expect(plain(two.attributes)).toEqual({
    "http.request.method": "_OTHER",
    "http.request.method_original": "BREW",
    "server.address": "two.example",
    "http.request.resend_count": 1,
    "error.type": "reset",
    "ballast.target": "two",
    "ballast.group": "pots",
  });
  // Its client left: it ends with the request.
  expect(two.endTimeUnixNano).toBe(request.endTimeUnixNano);
});

test("a collector that is busy is asked again when it says", async () => {
  const busy = new Response("", { status: 503, headers: { "retry-after": "1" } });
  const { endpoint, requests } = startCollector((before) => (before === 0 ? busy : taken()));
  expect(await senderTo(endpoint)([record])).toBeUndefined();
  const [first = never(), second = never()] = requests;
  expect(second.atMs - first.atMs).toBeGreaterThan(990);
});

test("one that says to come back too late is left alone", async () => {
  const busy = () => new Response("", { status: 429, headers: { "retry-after": "60" } });
  const { endpoint, requests } = startCollector(busy);
  expect(await senderTo(endpoint)([record])).toStartWith("busy: ");
  expect(requests).toHaveLength(1);
});

test("one that says no is not asked again", async () => {
  const { endpoint, requests } = startCollector(() => new Response("what?", { status: 400 }));
  expect(await senderTo(endpoint)([record])).toBe("answered 400");
  expect(requests).toHaveLength(1);
});

test("one that never answers, or is away, is given up in time", async () => {
  process.env.OTEL_EXPORTER_OTLP_TIMEOUT = "300";
  const { endpoint } = startCollector(() => new Promise(() => {}));
  expect(await senderTo(endpoint)([record])).toContain("timed out");
  const away = `http://127.0.0.1:${unusedPort()}/v1/traces`;
  expect(await senderTo(away)([record])).toContain("ECONNREFUSED");
});

test("what the config does not say comes from the variables of OpenTelemetry", async () => {
  process.env.OTEL_EXPORTER_OTLP_COMPRESSION = "gzip";
  const { endpoint, requests } = startCollector(taken);
  expect(await senderTo(endpoint)([record])).toBeUndefined();
  expect(requests[0]?.headers.get("content-encoding")).toBe("gzip");
  const body = Bun.gunzipSync(new Uint8Array(requests[0]?.body ?? []));
  expect(Buffer.from(body).toString()).toContain(traceId);
});

/** Attributes by their names. */
function plain(attributes: readonly { key: string; value: object }[]): object {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

function never(): never {
  throw new Error("nothing has come");
}
