import { describe, expect, test } from "bun:test";
import { inChunks, requestText } from "../../testing/http-text.ts";
import { until, untilSteady } from "../../testing/until.ts";
import type { Wire } from "../../testing/wire.ts";
import { edgeUnderTest, ok } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

const mebibyte = 1024 * 1024;
const totalBytes = 64 * mebibyte;
/** What the edge reads ahead and the sockets of both hops may hold together. */
const heldBytes = 24 * mebibyte;

/** Writes `totalBytes` as fast as the connection takes them, each block framed by `frame`; counts what it took. */
function pump(wire: Wire, frame: (block: Buffer) => Buffer, last: string) {
  const block = frame(Buffer.alloc(mebibyte / 4, "0123456789abcdef"));
  const state = { blocks: 0 };
  const more = () => {
    while (state.blocks < totalBytes / (mebibyte / 4)) {
      state.blocks++;
      if (!wire.socket.write(block)) {
        wire.socket.once("drain", more);
        return;
      }
    }
    wire.send(last);
  };
  more();
  return { sentBytes: () => state.blocks * (mebibyte / 4) };
}

/** Until no more is taken: the same count after several turns of the event loop. */
function stall(sentBytes: () => number): Promise<number> {
  return untilSteady("the writer is held back", sentBytes, 50);
}

const plain = (block: Buffer) => block;
const chunk = (block: Buffer) => Buffer.from(inChunks([block.toString("latin1")]).slice(0, -5), "latin1");

const framings = [
  ["by length", `content-length: ${totalBytes}`, plain, ""],
  ["in chunks", "transfer-encoding: chunked", chunk, "0\r\n\r\n"],
] as const;

/** Counts what comes instead of keeping it. */
function counting(wire: Wire): { readonly bytes: number } {
  const count = { bytes: wire.received.length };
  wire.socket.removeAllListeners("data");
  wire.socket.on("data", (bytes: Buffer) => {
    count.bytes += bytes.length;
  });
  return count;
}

describe("the wire edge keeps in step with", () => {
  const { open, finish } = edgeUnderTest(startWireEdge);

  for (const [framing, line, frame, last] of framings) {
    test(`a client that does not read (${framing})`, async () => {
      let pumped: ReturnType<typeof pump> | undefined;
      const scene = await open((_request, connection) => {
        connection.send(`HTTP/1.1 200 OK\r\n${line}\r\n\r\n`);
        pumped = pump(connection, frame, last);
      });
      scene.client.socket.pause();
      scene.client.request("GET", "/");
      await until("the target has begun", () => pumped);
      expect(await stall(() => pumped?.sentBytes() ?? 0)).toBeLessThan(heldBytes);
      const count = counting(scene.client);
      scene.client.socket.resume();
      await until("all has come", () => count.bytes >= totalBytes, 20_000);
      await scene.edge.inFlight(0);
      expect(await finish(scene)).toMatchObject([{ status: 200, bytes: totalBytes }]);
    });

    test(`a target that does not read (${framing})`, async () => {
      const scene = await open(() => {});
      scene.client.request("POST", "/", [line]);
      const target = await until("the target", () => scene.origin.connections[0]);
      target.socket.pause();
      const { sentBytes } = pump(scene.client, frame, last);
      expect(await stall(sentBytes)).toBeLessThan(heldBytes);
      const count = counting(target);
      target.socket.resume();
      await until("all has come", () => count.bytes >= totalBytes, 20_000);
      target.send(ok);
      expect((await scene.client.answer()).status).toBe(200);
      await finish(scene);
    });
  }

  test("a client that sends requests and reads no answers", async () => {
    const body = "x".repeat(100_000);
    const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const scene = await open(answer);
    scene.client.socket.pause();
    const requests = 1000;
    scene.client.send(requestText("GET", "/").repeat(requests));
    const asked = await stall(() => scene.origin.requests.length);
    expect(asked * body.length).toBeLessThan(heldBytes);
    const count = counting(scene.client);
    scene.client.socket.resume();
    await until("all has come", () => count.bytes >= requests * body.length, 20_000);
    await finish(scene);
  });

  test("a client whose pipeline it can't answer yet", async () => {
    const scene = await open(() => {});
    scene.client.request("GET", "/slow");
    await until("the target has it", () => scene.origin.requests.length === 1);
    const { sentBytes } = pump(scene.client, plain, "");
    expect(await stall(sentBytes)).toBeLessThan(heldBytes);
    scene.client.reset();
    await finish(scene);
  });
});
