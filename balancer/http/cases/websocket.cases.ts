import { describe, expect, test } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import { valuesOf } from "../../testing/message.ts";
import { okWith, type Respond } from "../../testing/raw-origin.ts";
import { until, untilSteady } from "../../testing/until.ts";
import {
  closeWith,
  encodeFrame,
  handshakeAnswer,
  handshakeLines,
  nextFrame,
} from "../../testing/websocket-peer.ts";
import { firstRequest } from "./edge-under-test.ts";
import { webSocketsUnderTest } from "./websockets-under-test.ts";

const [text, binary, close, ping, pong] = [1, 2, 8, 9, 10];

/** WebSockets (RFC 6455), from frames on one side to frames on the other. */
export function webSocketCases(start: StartEdge): void {
  const { open, opened, closed, finish, leave } = webSocketsUnderTest(start);

  describe("a WebSocket's handshake", () => {
    test("carries the subprotocol that the target chose", async () => {
      const respond: Respond = (request, connection) =>
        connection.send(handshakeAnswer(request, ["sec-websocket-protocol: chat.v2"]));
      const socket = await opened(respond, ["sec-websocket-protocol: chat.v1, chat.v2"]);
      expect(valuesOf(socket.answer, "sec-websocket-protocol")).toEqual(["chat.v2"]);
      expect(valuesOf(firstRequest(socket.scene.origin), "sec-websocket-protocol").join()).toBe(
        "chat.v1, chat.v2",
      );
      await closed(socket);
    });

    test("passes the other fields of the target's answer", async () => {
      const respond: Respond = (request, connection) =>
        connection.send(handshakeAnswer(request, ["set-cookie: a=1", "set-cookie: b=2", "x-room: 7"]));
      const socket = await opened(respond);
      expect(valuesOf(socket.answer, "set-cookie")).toEqual(["a=1", "b=2"]);
      expect(valuesOf(socket.answer, "x-room")).toEqual(["7"]);
      expect(valuesOf(socket.answer, "via")).toEqual(["1.1 ballast"]);
      expect(valuesOf(socket.answer, "sec-websocket-accept")).toHaveLength(1);
      await closed(socket);
    });

    test("that the target declines gets the target's answer", async () => {
      const scene = await open(okWith("no").replace("200 OK", "403 Forbidden"));
      const answer = await scene.client.ask("GET", "/ws", handshakeLines);
      expect([answer.status, answer.body.toString()]).toEqual([403, "no"]);
      await finish(scene);
    });
  });

  describe("a WebSocket's messages", () => {
    const messages: readonly (readonly [string, number, Buffer])[] = [
      ["an empty text", text, Buffer.alloc(0)],
      ["a text", text, Buffer.from("grüße 🎈")],
      ["126 bytes", binary, Buffer.alloc(126, 1)],
      ["65536 bytes", binary, Buffer.alloc(65_536, 2)],
      ["a large one", binary, Buffer.alloc(2_000_000, "0123456789")],
    ];
    for (const [what, opcode, payload] of messages) {
      test(`pass both ways: ${what}`, async () => {
        const socket = await opened();
        socket.client.send(encodeFrame(opcode, payload, true));
        const received = await nextFrame(socket.target);
        expect([received.opcode, received.isMasked, received.payload.equals(payload)]).toEqual([
          opcode,
          true,
          true,
        ]);
        socket.target.send(encodeFrame(opcode, payload, false));
        const returned = await nextFrame(socket.client);
        expect([returned.opcode, returned.isMasked, returned.payload.equals(payload)]).toEqual([
          opcode,
          false,
          true,
        ]);
        await closed(socket);
      });
    }

    test("that the target sends right behind its handshake are not lost", async () => {
      const respond: Respond = (request, connection) =>
        connection.send(
          Buffer.concat([Buffer.from(handshakeAnswer(request)), encodeFrame(text, "early", false)]),
        );
      const socket = await opened(respond);
      expect((await nextFrame(socket.client)).payload.toString()).toBe("early");
      await closed(socket);
    });

    test("keep their order in any number", async () => {
      const socket = await opened();
      const count = 2000;
      for (let i = 0; i < count; i++) socket.client.send(encodeFrame(text, String(i), true));
      for (let i = 0; i < count; i++)
        expect((await nextFrame(socket.target)).payload.toString()).toBe(String(i));
      for (let i = 0; i < count; i++) socket.target.send(encodeFrame(text, String(i), false));
      for (let i = 0; i < count; i++)
        expect((await nextFrame(socket.client)).payload.toString()).toBe(String(i));
      await closed(socket);
    });

    test("a target's ping reaches the client, and the client's pong the target", async () => {
      const socket = await opened();
      socket.target.send(encodeFrame(ping, "are you there", false));
      expect(await nextFrame(socket.client)).toMatchObject({ opcode: ping });
      socket.client.send(encodeFrame(pong, "are you there", true));
      const answer = await nextFrame(socket.target);
      expect([answer.opcode, answer.payload.toString()]).toEqual([pong, "are you there"]);
      await closed(socket);
    });
  });

  describe("a WebSocket's end", () => {
    for (const [code, reason] of [
      [1000, ""],
      [1001, "going away"],
      [4321, "own"],
    ] as const) {
      test(`by the client with ${code} reaches the target`, async () => {
        const { scene, client, target } = await opened();
        client.send(encodeFrame(close, closeWith(code, reason), true));
        const frame = await nextFrame(target);
        expect([frame.opcode, frame.payload.equals(closeWith(code, reason))]).toEqual([close, true]);
        await leave({ scene, client, target });
      });

      test(`by the target with ${code} reaches the client`, async () => {
        const { scene, client, target } = await opened();
        target.send(encodeFrame(close, closeWith(code, reason), false));
        const frame = await nextFrame(client);
        expect([frame.opcode, frame.payload.equals(closeWith(code, reason))]).toEqual([close, true]);
        await leave({ scene, client, target });
      });
    }

    test("without a code stays without one", async () => {
      const fromClient = await opened();
      fromClient.client.send(encodeFrame(close, "", true));
      expect(await nextFrame(fromClient.target)).toMatchObject({ opcode: close, payload: Buffer.alloc(0) });
      await leave(fromClient);
      const fromTarget = await opened();
      fromTarget.target.send(encodeFrame(close, "", false));
      expect(await nextFrame(fromTarget.client)).toMatchObject({ opcode: close, payload: Buffer.alloc(0) });
      await leave(fromTarget);
    });

    test("comes after the last large message, at the pace of a slow target", async () => {
      const { scene, client, target } = await opened();
      target.socket.pause();
      const payload = Buffer.alloc(12_000_000, "0123456789");
      client.send(encodeFrame(binary, payload, true));
      client.send(encodeFrame(close, closeWith(1000), true));
      client.close();
      await untilSteady("the target holds the client up", () => client.socket.writableLength);
      target.socket.resume();
      expect((await nextFrame(target)).payload.equals(payload)).toBe(true);
      expect((await nextFrame(target)).opcode).toBe(close);
      await leave({ scene, client, target });
    });

    test("comes to the target when the client dies", async () => {
      const { scene, client, target } = await opened();
      client.reset();
      await until("the target is left", () => target.isClosed);
      await finish(scene);
    });
  });
}
