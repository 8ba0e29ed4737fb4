import { beforeAll, describe, expect, test } from "bun:test";
import { startServeEdge } from "../../http/serve/serve-edge.ts";
import { until } from "../../testing/until.ts";
import { leniencies } from "../lax-reader.ts";
import { type OriginKind, RecordingOrigin } from "../recording-origin.ts";
import { Http2Client } from "./client.ts";
import { type Http2Case, http2Cases } from "./request.cases.ts";
import { http2Listener, type SecureEdges, secureEdges } from "./secure-edge.ts";

let edges: SecureEdges;
beforeAll(async () => {
  edges = await secureEdges();
});

describe("the serve edge and a request of HTTP/2:", () => {
  for (const each of http2Cases) {
    test(`${each.name} (${each.rfc})`, async () => {
      await Promise.all([expectThrough("strict", each), expectThrough("lax", each)]);
    });
  }
});

async function expectThrough(kind: OriginKind, { fields, body, outcome, passed }: Http2Case): Promise<void> {
  const origin = await RecordingOrigin.start(kind);
  const edge = edges.start(startServeEdge, { targets: [origin.url], listener: http2Listener });
  try {
    const client = await Http2Client.connect(edge.port, edges.ca);
    client.request(1, fields, body);
    expect(await until("an outcome", () => client.outcome(1))).toBe(outcome);
    const seen = new Set(leniencies.map((leniency) => JSON.stringify(origin.seen(leniency))));
    // One that is reset may have been on its way already.
    const allowed = [passed === undefined ? [] : [passed], ...(outcome === "reset" ? [[]] : [])];
    expect(allowed.map((meanings) => JSON.stringify(meanings))).toContain([...seen].join(" or "));
    expect(origin.fault).toBeUndefined();
    client.close();
    await edge.inFlight(0);
  } finally {
    await edge.stop();
    origin.stop();
  }
}
