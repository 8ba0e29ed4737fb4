import { expect, test } from "bun:test";
import { Http2Client } from "../../attack/http2/client.ts";
import { frameTypes, type HeaderField } from "../../attack/http2/frames.ts";
import { http2Listener, secureEdges } from "../../attack/http2/secure-edge.ts";
import { okWith, RawOrigin } from "../../testing/raw-origin.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { until } from "../../testing/until.ts";
import { startServeEdge } from "./serve-edge.ts";

const stoppedLater = stopAfterEach();

const fields: readonly HeaderField[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":authority", "t"],
  [":path", "/"],
];

/** RFC 9113 §6.8: streams up to the last one that GOAWAY names may have been acted on, the others have not. */
test("a drain answers every stream of HTTP/2 that it does not say to send again", async () => {
  const edges = await secureEdges();
  const origin = stoppedLater(
    await RawOrigin.start((_request, connection) => void setTimeout(() => connection.send(okWith("hi")), 5)),
  );
  const edge = stoppedLater(edges.start(startServeEdge, { targets: [origin.url], listener: http2Listener }));
  const clients = await Promise.all([1, 2, 3, 4].map(() => Http2Client.connect(edge.port, edges.ca)));
  const asking = clients.map(async (client) => {
    let stream = 1;
    for (; !client.isClosed; stream += 2) {
      client.request(stream, fields);
      await Bun.sleep(1);
    }
    return stream;
  });
  await until("all are under way", () => clients.every((client) => client.outcome(21) === 200));
  const drained = edge.edge.drain();
  for (const [index, client] of clients.entries()) {
    const end = (await asking[index]) ?? 0;
    const goAway = client.frames.find(({ type }) => type === frameTypes.goAway);
    const last = goAway?.payload.readUInt32BE(0) ?? 0;
    expect(last).toBeGreaterThan(21);
    expect(goAway?.payload.readUInt32BE(4)).toBe(0);
    const taken = Array.from({ length: (Math.min(last, end) + 1) / 2 }, (_, stream) => 2 * stream + 1);
    expect(taken.filter((stream) => client.outcome(stream) !== 200)).toEqual([]);
  }
  await drained;
}, 10_000);
