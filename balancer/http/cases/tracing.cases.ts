import { describe, expect, test } from "bun:test";
import { systemClock } from "../../cluster/clock.ts";
import { parseTraceparent } from "../../observe/tracing/trace-parent.ts";
import { type TraceRecord, Tracer } from "../../observe/tracing/tracer.ts";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import type { OriginRequest } from "../../testing/raw-origin.ts";
import { unusedPort } from "../../testing/unused-port.ts";
import { edgeUnderTest, firstRequest, ok } from "./edge-under-test.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const spanId = "00f067aa0ba902b7";
const sampled = `00-${traceId}-${spanId}-01`;

/** Traces as the config's `tracing` has them made. */
export function tracingCases(start: StartEdge): void {
  describe("traces:", () => {
    const { open, finish } = edgeUnderTest(start);

    /** A tracer that keeps what it would send. */
    function tracing(ratio = 1) {
      const records: TraceRecord[] = [];
      const tracer = new Tracer(systemClock, ratio, (batch) => records.push(...batch));
      return { tracer, records };
    }

    const sent = (request: OriginRequest) => valuesOf(request, "traceparent");

    test("without tracing both fields pass as they came, whatever they are", async () => {
      const scene = await open(ok);
      await scene.client.ask("GET", "/", ["traceparent: nonsense", "tracestate: a=b,c"]);
      const request = firstRequest(scene.origin);
      expect([sent(request), valuesOf(request, "tracestate")]).toEqual([["nonsense"], ["a=b,c"]]);
      await finish(scene);
    });

    test("a client's trace goes on, with the attempt as the target's parent", async () => {
      const { tracer, records } = tracing(0);
      const scene = await open(ok, { tracer });
      await scene.client.ask("GET", "/a?b", [`traceparent: ${sampled}`, "tracestate: x=1,y=2"]);
      const request = firstRequest(scene.origin);
      const [line] = await finish(scene);
      tracer.flush();
      const [record] = records;
      expect(record).toMatchObject({
        traceId,
        parentSpanId: spanId,
        state: "x=1,y=2",
        status: 200,
        path: "/a?b",
      });
      expect(record?.attempts).toMatchObject([{ targetId: "t0", status: 200 }]);
      expect(sent(request)).toEqual([`00-${traceId}-${record?.attempts[0]?.spanId}-01`]);
      expect(valuesOf(request, "tracestate")).toEqual(["x=1,y=2"]);
      expect(line?.traceId).toBe(traceId);
    });

    test("a client that says no is obeyed, whatever the ratio", async () => {
      const { tracer, records } = tracing();
      const scene = await open(ok, { tracer });
      await scene.client.ask("GET", "/", [`traceparent: 00-${traceId}-${spanId}-00`]);
      expect(sent(firstRequest(scene.origin))[0]).toMatch(
        new RegExp(`^00-${traceId}-(?!${spanId})[0-9a-f]{16}-00$`),
      );
      await finish(scene);
      tracer.flush();
      expect(records).toEqual([]);
    });

    test("each request without a valid trace begins one of its own, and drops a state that is nobody's", async () => {
      const { tracer, records } = tracing();
      const scene = await open(ok, { tracer });
      const heads: string[][] = [
        [],
        [],
        [`traceparent: 00-${"0".repeat(32)}-${spanId}-01`, "tracestate: a=b"],
        ["tracestate: a=b"],
      ];
      for (const fields of heads) await scene.client.ask("GET", "/", fields);
      const lines = await finish(scene);
      tracer.flush();
      const parents = scene.origin.requests.map((request) => parseTraceparent(sent(request)[0] ?? "", ""));
      expect(new Set(parents.map((parent) => parent?.traceId)).size).toBe(4);
      expect(parents.map((parent) => parent?.traceId)).toEqual(lines.map((line) => line.traceId));
      expect(records.map((record) => [record.traceId, record.parentSpanId])).toEqual(
        lines.map((line) => [line.traceId, undefined]),
      );
      expect(scene.origin.requests.flatMap((request) => valuesOf(request, "tracestate"))).toEqual([]);
    });

    test("a target that can not be reached shows as an attempt without an answer", async () => {
      const { tracer, records } = tracing();
      const scene = await open(ok, {
        tracer,
        group: { targets: [{ id: "gone", url: `http://127.0.0.1:${unusedPort()}` }] },
      });
      const first = await scene.client.ask("POST", "/", ["content-length: 7"], "content");
      expect(first.status).toBe(503);
      await finish(scene);
      tracer.flush();
      expect(records).toMatchObject([
        { status: 503, attempts: [{ targetId: "gone", failure: "connect", status: undefined }] },
      ]);
    });

    test("a retry shows both attempts", async () => {
      const { tracer, records } = tracing();
      const scene = await open([(_request, connection) => connection.reset(), ok], { tracer });
      expect((await scene.client.ask("PUT", "/", ["content-length: 7"], "content")).status).toBe(200);
      await finish(scene);
      tracer.flush();
      const attempts = records[0]?.attempts ?? [];
      expect(attempts).toMatchObject([
        { targetId: "t0", failure: "reset" },
        { targetId: "t1", status: 200 },
      ]);
      const told = scene.origins.map(({ requests: [request] }) => request && sent(request)[0]?.split("-")[2]);
      expect(told).toEqual(attempts.map((attempt) => attempt.spanId));
      expect(scene.origins[1]?.requests[0]?.body.toString()).toBe("content");
    });

    test("what no target is asked for has a trace too", async () => {
      const { tracer, records } = tracing();
      const scene = await open(ok, { tracer, listener: { routes: [{ path: "/a", group: "g" }] } });
      await scene.client.ask("GET", "/b", [`traceparent: ${sampled}`]);
      const [line] = await finish(scene);
      tracer.flush();
      expect(records).toMatchObject([{ traceId, parentSpanId: spanId, status: 404, attempts: [] }]);
      expect(line?.traceId).toBe(traceId);
    });
  });
}
