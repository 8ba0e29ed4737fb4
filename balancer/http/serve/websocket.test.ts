import { describe, expect, test } from "bun:test";
import { valuesOf } from "../../testing/message.ts";
import { until } from "../../testing/until.ts";
import {
  closeWith,
  encodeFrame,
  handshakeAccept,
  handshakeLines,
  nextFrame,
} from "../../testing/websocket-peer.ts";
import { firstRequest } from "../cases/edge-under-test.ts";
import { webSocketsUnderTest } from "../cases/websockets-under-test.ts";
import { startServeEdge } from "./serve-edge.ts";

const [continuation, text, close, ping, pong] = [0, 1, 8, 9, 10];

/** What the serve edge does, since it speaks the protocol on both sides. */
describe("a WebSocket at the serve edge", () => {
  const { open, finish, opened, closed } = webSocketsUnderTest(startServeEdge);

  test("is each side's own, and the rest of the request passes", async () => {
    const socket = await opened(undefined, [
      "origin: http://page",
      "sec-websocket-extensions: permessage-deflate",
    ]);
    expect(valuesOf(socket.answer, "sec-websocket-accept")).toEqual([handshakeAccept]);
    const request = firstRequest(socket.scene.origin);
    expect(request.target).toBe("/ws?x=1");
    expect(valuesOf(request, "origin")).toEqual(["http://page"]);
    expect(valuesOf(request, "sec-websocket-version")).toEqual(["13"]);
    expect(valuesOf(request, "sec-websocket-extensions")).toEqual([]);
    expect(valuesOf(request, "upgrade")).toEqual(["websocket"]);
    expect(valuesOf(request, "connection").join().toLowerCase()).toBe("upgrade");
    await closed(socket);
  });

  test("that the target answers with a wrong key is 502", async () => {
    const scene = await open(
      "HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n",
    );
    expect((await scene.client.ask("GET", "/ws", handshakeLines)).status).toBe(502);
    expect(scene.edge.target("t0").failures).toBe(1);
    await until("the target is left", () => scene.origin.open === 0);
    await finish(scene);
  });

  test("in fragments pass both ways, with a ping in between", async () => {
    const socket = await opened();
    const controls: number[] = [];
    for (const [from, to, isClient] of [
      [socket.client, socket.target, true],
      [socket.target, socket.client, false],
    ] as const) {
      from.send(encodeFrame(text, "one ", isClient, false));
      from.send(encodeFrame(ping, "?", isClient));
      from.send(encodeFrame(continuation, "two ", isClient, false));
      from.send(encodeFrame(continuation, "three", isClient));
      const parts: Buffer[] = [];
      for (let isWhole = false; !isWhole; ) {
        const frame = await nextFrame(to);
        if (frame.opcode >= close) controls.push(frame.opcode);
        else parts.push(frame.payload);
        isWhole = frame.isFinal && frame.opcode < close;
      }
      expect(Buffer.concat(parts).toString()).toBe("one two three");
    }
    // Whichever of the balancer's two sides answers: the client's ping is answered.
    expect(controls).toContain(pong);
    await closed(socket);
  });

  test("comes to the client when the target dies, as 1011", async () => {
    const { scene, client, target } = await opened();
    target.reset();
    const frame = await nextFrame(client);
    expect([frame.opcode, frame.payload.readUInt16BE(0)]).toEqual([close, 1011]);
    await finish(scene);
  });

  test("comes to both when a target breaks the protocol", async () => {
    const { scene, client, target } = await opened();
    target.send(encodeFrame(text, "masked, as no server may", true));
    const [toClient, toTarget] = [await nextFrame(client), await nextFrame(target)];
    expect([toClient.opcode, toClient.payload.readUInt16BE(0)]).toEqual([close, 1002]);
    expect([toTarget.opcode, toTarget.payload.readUInt16BE(0)]).toEqual([close, 1002]);
    await finish(scene);
  });

  for (const end of ["client", "target"] as const) {
    test(`is closed on both sides by the close of the ${end}`, async () => {
      const { scene, client, target } = await opened();
      if (end === "client") client.send(encodeFrame(close, closeWith(1000), true));
      else target.send(encodeFrame(close, closeWith(1000), false));
      expect((await nextFrame(target)).opcode).toBe(close);
      await until("the target is left", () => target.isClosed);
      await finish(scene);
    });
  }
});
