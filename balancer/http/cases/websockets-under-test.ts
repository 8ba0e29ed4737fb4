import { expect } from "bun:test";
import type { StartEdge } from "../../testing/edge-fixture.ts";
import type { RawAnswer, RawClient } from "../../testing/raw-client.ts";
import type { Respond } from "../../testing/raw-origin.ts";
import {
  closeWith,
  encodeFrame,
  handshakeAnswer,
  handshakeLines,
  nextFrame,
} from "../../testing/websocket-peer.ts";
import type { Wire } from "../../testing/wire.ts";
import { edgeUnderTest, type Scene } from "./edge-under-test.ts";

const close = 8;

/** A WebSocket with its raw ends. */
export interface OpenWebSocket {
  readonly scene: Scene;
  readonly answer: RawAnswer;
  readonly client: RawClient;
  readonly target: Wire;
}

const accept: Respond = (request, connection) => connection.send(handshakeAnswer(request));

/** As {@link edgeUnderTest}, for WebSockets through the edge. */
export function webSocketsUnderTest(start: StartEdge) {
  const { open, finish } = edgeUnderTest(start);

  async function opened(respond: Respond = accept, lines: readonly string[] = []): Promise<OpenWebSocket> {
    const scene = await open(respond);
    const answer = await scene.client.ask("GET", "/ws?x=1", [...handshakeLines, ...lines]);
    expect(answer.status).toBe(101);
    const target = scene.origin.connections.find((each) => !each.isClosed);
    if (target === undefined) throw new Error("the target has no open connection");
    return { scene, answer, client: scene.client, target };
  }

  /** Both ends hang up; checks the counts. */
  async function leave({
    scene,
    client,
    target,
  }: Pick<OpenWebSocket, "scene" | "client" | "target">): Promise<void> {
    client.close();
    await target.wait("waited for the end", () => target.isClosed || undefined);
    target.close();
    const [line] = await finish(scene);
    expect(line).toMatchObject({ status: 101, attempts: 1 });
    expect(line?.fault).toBeUndefined();
  }

  /** Closes from the client's side, and leaves. */
  async function closed(socket: OpenWebSocket): Promise<void> {
    socket.client.send(encodeFrame(close, closeWith(1000), true));
    expect((await nextFrame(socket.target)).opcode).toBe(close);
    await leave(socket);
  }

  return { open, finish, opened, leave, closed };
}
