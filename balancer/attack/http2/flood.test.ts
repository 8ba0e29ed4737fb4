import { afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { startServeEdge } from "../../http/serve/serve-edge.ts";
import type { EdgeFixture } from "../../testing/edge-fixture.ts";
import { okWith, RawOrigin } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import { Http2Client } from "./client.ts";
import {
  flags,
  frame,
  frameTypes,
  type HeaderField,
  headerBlock,
  preface,
  rstStream,
  windowUpdate,
} from "./frames.ts";
import { http2Listener, type SecureEdges, secureEdges } from "./secure-edge.ts";

const fields: readonly HeaderField[] = [
  [":method", "GET"],
  [":scheme", "https"],
  [":authority", "t"],
  [":path", "/a"],
];
const block = headerBlock(fields);
const whole = flags.endStream | flags.endHeaders;
const enhanceYourCalm = 11;
const times = (count: number, part: Uint8Array) => Buffer.concat(new Array<Uint8Array>(count).fill(part));
const mebibyte = 1_048_576;

let edges: SecureEdges;
let origin: RawOrigin;
let edge: EdgeFixture;
let client: Http2Client;
beforeAll(async () => {
  edges = await secureEdges();
});
beforeEach(async () => {
  origin = await RawOrigin.start((_request, connection) => connection.send(okWith("hi")));
  edge = edges.start(startServeEdge, { targets: [origin.url], listener: http2Listener });
  client = await Http2Client.connect(edge.port, edges.ca);
});
afterEach(async () => {
  client.close();
  await edge.stop();
  origin.stop();
});

/** Another client is served, and nothing is left of the attack. */
async function expectUnharmed(): Promise<void> {
  const other = await Http2Client.connect(edge.port, edges.ca);
  other.request(1, fields);
  expect(await until("another client's answer", () => other.outcome(1))).toBe(200);
  other.close();
  await edge.inFlight(0);
}

/** The code with which the connection was closed. */
async function goAwayCode(): Promise<number | undefined> {
  await until("the connection is closed", () => client.isClosed);
  return client.frames.find(({ type }) => type === frameTypes.goAway)?.payload.readUInt32BE(4);
}

/** How much the process has grown; both ends of the connection are in it. */
async function growthMib(attack: () => Promise<unknown>): Promise<number> {
  Bun.gc(true);
  const before = process.memoryUsage.rss();
  await attack();
  Bun.gc(true);
  return (process.memoryUsage.rss() - before) / mebibyte;
}

describe("a client of HTTP/2", () => {
  test("that resets its streams as fast as it opens them is sent away (CVE-2023-44487)", async () => {
    for (let stream = 1; stream < 20_000 && !client.isClosed; stream += 200) {
      const opened = Array.from({ length: 100 }, (_, index) => stream + 2 * index);
      client.send(
        ...opened.flatMap((each) => [frame(frameTypes.headers, whole, each, block), rstStream(each)]),
      );
      await Bun.sleep(0);
    }
    expect(await goAwayCode()).toBe(enhanceYourCalm);
    expect(origin.requests.length).toBeLessThan(2000);
    await expectUnharmed();
  });

  test("that opens streams without end is answered for some at a time, and refused the others", async () => {
    const opened = Array.from({ length: 2000 }, (_, index) => 1 + 2 * index);
    client.send(...opened.map((stream) => frame(frameTypes.headers, whole, stream, block)));
    await until(
      "each stream has an end",
      () => opened.every((stream) => client.outcome(stream) !== undefined),
      20_000,
    );
    const outcomes = new Set(opened.map((stream) => client.outcome(stream)));
    expect(["reset", "closed"].some((end) => outcomes.has(end as "reset"))).toBe(true);
    await expectUnharmed();
  }, 30_000);

  test("that never ends its fields is sent away (CVE-2024-27316)", async () => {
    const more = frame(frameTypes.continuation, 0, 1, headerBlock([["x-a", "b".repeat(16_000)]]));
    const grown = await growthMib(async () => {
      client.send(frame(frameTypes.headers, flags.endStream, 1, block), times(64, more));
      expect(await goAwayCode()).toBe(enhanceYourCalm);
    });
    expect(grown).toBeLessThan(32);
    await expectUnharmed();
  });

  test("that never ends its fields, each of no bytes, is sent away", async () => {
    client.send(frame(frameTypes.headers, flags.endStream, 1, block));
    client.send(times(20_000, frame(frameTypes.continuation, 0, 1)));
    expect(await goAwayCode()).toBe(enhanceYourCalm);
    await expectUnharmed();
  });

  test("whose fields grow out of a table is sent away", async () => {
    const name = Buffer.from("x-a");
    const value = "a".repeat(120);
    const kept = Buffer.concat([
      Buffer.of(0x40, name.length),
      name,
      Buffer.of(value.length),
      Buffer.from(value),
    ]);
    // 0xbe is the newest entry of the table: one byte for 123 (RFC 7541 §7.3).
    client.send(
      frame(frameTypes.headers, whole, 1, Buffer.concat([block, kept, times(15_000, Buffer.of(0xbe))])),
    );
    expect(await goAwayCode()).toBe(enhanceYourCalm);
    expect(origin.requests).toEqual([]);
    await expectUnharmed();
  });

  for (const [what, flood] of [
    ["pings", frame(frameTypes.ping, 0, 0, Buffer.alloc(8))],
    ["settings", frame(frameTypes.settings, 0, 0, Buffer.of(0, 4, 0, 0, 255, 255))],
    ["priorities", frame(frameTypes.priority, 0, 3, Buffer.of(0, 0, 0, 0, 1))],
  ] as const) {
    test(`that sends 50 000 ${what} costs no memory`, async () => {
      const grown = await growthMib(async () => {
        client.send(times(50_000, flood));
        client.request(5, fields);
        await until("an end", () => client.outcome(5) ?? client.isClosed, 20_000);
      });
      expect(grown).toBeLessThan(64);
      await expectUnharmed();
    }, 30_000);
  }

  test("that sends pings and reads no answer costs no memory", async () => {
    client.socket.pause();
    const grown = await growthMib(async () => {
      for (let round = 0; round < 100 && !client.isClosed; round++) {
        client.send(times(1000, frame(frameTypes.ping, 0, 0, Buffer.alloc(8))));
        await Bun.sleep(0);
      }
      await expectUnharmed();
    });
    expect(grown).toBeLessThan(64);
  });

  test.each([
    ["a window of 0 more", windowUpdate(0, 0), 1],
    ["a window over 2^31 - 1", windowUpdate(0, 0x7fffffff), 3],
    ["a frame of 100 000 bytes", frame(frameTypes.data, 0, 1, Buffer.alloc(100_000)), 6],
    ["data on a stream that is not open", frame(frameTypes.data, 0, 7, Buffer.alloc(1)), 1],
    ["a ping of 7 bytes", frame(frameTypes.ping, 0, 0, Buffer.alloc(7)), 6],
    [
      "padding longer than its frame",
      frame(frameTypes.headers, whole | flags.padded, 1, Buffer.of(255, 0x82)),
      1,
    ],
    [
      "fields that are no HPACK",
      frame(frameTypes.headers, whole, 1, Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff)),
      9,
    ],
    ["a push promise", frame(frameTypes.pushPromise, flags.endHeaders, 1, Buffer.of(0, 0, 0, 2, 0x82)), 1],
  ])("that sends %s is sent away", async (_what, bytes, code) => {
    client.send(bytes);
    expect(await goAwayCode()).toBe(code);
    await expectUnharmed();
  });
});

test("a crowd of connections over TLS is held to maxConnections, and who comes after it is served", async () => {
  const most = 20;
  const listener = { ...http2Listener, maxConnections: most };
  const limited = edges.start(startServeEdge, { targets: [origin.url], listener });
  const crowd = Array.from({ length: 200 }, (_, index) => {
    // Half of them say nothing at all, and half have begun to speak HTTP/2.
    const options = { port: limited.port, host: "127.0.0.1" };
    const socket =
      index % 2 === 0
        ? connect(options)
        : connectTls({ ...options, ca: edges.ca, servername: "localhost", ALPNProtocols: ["h2"] }, () =>
            socket.write(preface),
          );
    return socket.on("error", () => {}).resume();
  });
  const left = () => crowd.filter(({ destroyed, readableEnded }) => !destroyed && !readableEnded).length;
  await until("no more are left than may be", () => left() <= most, 10_000);
  for (const socket of crowd) socket.destroy();
  await until("another client is served", async () => {
    const other = await Http2Client.connect(limited.port, edges.ca).catch(() => undefined);
    other?.request(1, fields);
    const status = other && (await until("an answer", () => other.outcome(1) ?? other.isClosed));
    other?.close();
    return status === 200;
  });
  await limited.stop();
}, 20_000);

describe("header fields", () => {
  const many = (count: number): HeaderField[] => [
    ...fields,
    ...Array.from({ length: count }, (_, index): HeaderField => [`x-${index}`, "a"]),
  ];

  test("above maxFields are 431, and the next request of the connection is answered", async () => {
    client.request(1, many(150));
    expect(await until("the refusal", () => client.outcome(1))).toBe(431);
    client.request(3, fields);
    expect(await until("the answer", () => client.outcome(3))).toBe(200);
    expect(origin.requests).toHaveLength(1);
  });

  test("of a thousand names close the connection, or are 431", async () => {
    client.request(1, many(1000));
    await until("it is over", () => client.isClosed || client.outcome(1) === 431);
    expect(origin.requests).toHaveLength(0);
    await expectUnharmed();
  });
});
