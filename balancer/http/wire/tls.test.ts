import { beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import type { TLSSocket } from "node:tls";
import { createAuthority, issue, type KeyPair } from "../../testing/certificates.ts";
import { requestText } from "../../testing/http-text.ts";
import { valuesOf } from "../../testing/message.ts";
import { okWith } from "../../testing/raw-origin.ts";
import { until } from "../../testing/until.ts";
import { edgeUnderTest, firstRequest, ok, type Script } from "../cases/edge-under-test.ts";
import { startWireEdge } from "./wire-edge.ts";

describe("TLS at the wire edge", () => {
  const { open } = edgeUnderTest(startWireEdge);
  let authority: KeyPair;
  let localhost: KeyPair;
  beforeAll(async () => {
    authority = await createAuthority();
    localhost = await issue(authority, "localhost", "127.0.0.1");
  });

  async function secured(script: Script) {
    const scene = await open(script, { certificates: [{ ...localhost, serverName: undefined }] });
    const tls = { ca: authority.cert };
    const client = await scene.edge.client(tls);
    const end = async () => {
      scene.client.reset();
      return scene.edge.finish(tls);
    };
    return { scene, client, end };
  }

  test("shows the certificate, and tells targets that the client came by https", async () => {
    const { scene, client, end } = await secured(ok);
    expect((client.socket as TLSSocket).getPeerCertificate().subject.CN).toBe("localhost");
    expect((await client.ask("GET", "/")).status).toBe(200);
    expect((await client.ask("POST", "/", ["content-length: 2"], "hi")).status).toBe(200);
    expect(valuesOf(firstRequest(scene.origin), "x-forwarded-proto")).toEqual(["https"]);
    await end();
  });

  test("carries pipelined requests, and refuses bad ones with 400 and a close", async () => {
    const { client, end } = await secured((request, connection) => connection.send(okWith(request.target)));
    client.send(`${requestText("GET", "/1")}${requestText("GET", "/2")}GET /3 HTTP/1.1\r\n\r\n`);
    expect((await client.answer()).body.toString()).toBe("/1");
    expect((await client.answer()).body.toString()).toBe("/2");
    expect((await client.answer()).status).toBe(400);
    await client.closed();
    await end();
  });

  test("carries large bodies both ways", async () => {
    const body = Buffer.alloc(5_000_000, "0123456789abcdef");
    const { scene, client, end } = await secured((request, connection) => {
      connection.send(`HTTP/1.1 200 OK\r\ncontent-length: ${request.body.length}\r\n\r\n`);
      connection.send(request.body);
    });
    client.request("POST", "/", [`content-length: ${body.length}`]);
    client.send(body);
    expect((await client.answer()).body.equals(body)).toBe(true);
    expect(firstRequest(scene.origin).body.equals(body)).toBe(true);
    await end();
  });

  test("holds a target back when its client does not read", async () => {
    const body = Buffer.alloc(40_000_000, "0123456789abcdef");
    const { scene, client, end } = await secured((_request, connection) => {
      connection.send(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
      connection.send(body);
    });
    client.socket.pause();
    client.request("GET", "/");
    let before = -1;
    await until("the target is held back", () => {
      const unsent = scene.origin.connections[0]?.socket.writableLength ?? 0;
      const isHeld = unsent > 0 && unsent === before;
      before = unsent;
      return isHeld;
    });
    expect(before).toBeGreaterThan(body.length / 2);
    client.socket.resume();
    expect((await client.answer()).body.equals(body)).toBe(true);
    await end();
  });

  for (const how of ["close", "reset"] as const) {
    test(`frees the target when its client leaves (${how})`, async () => {
      const { scene, client, end } = await secured(() => {});
      client.request("GET", "/");
      await until("the target has it", () => scene.origin.requests.length === 1);
      client.socket[how === "close" ? "end" : "destroy"]();
      await scene.edge.inFlight(0);
      await scene.origin.connections[0]?.closed();
      expect(await end()).toMatchObject([{ status: 499 }]);
    });
  }

  test("opens tunnels", async () => {
    const switched = "HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n";
    const { scene, client, end } = await secured(`${switched}early`);
    expect((await client.ask("GET", "/", ["upgrade: echo", "connection: upgrade"])).status).toBe(101);
    await client.wait("early", () => client.received.includes("early") || undefined);
    client.send("late");
    await until("late", () => scene.origin.connections[0]?.received.includes("late"));
    client.socket.destroy();
    await end();
  });

  test("with several certificates is not offered, and says what to use", async () => {
    const certificate = { ...localhost, serverName: undefined };
    const certificates = [certificate, { ...certificate, serverName: "shop.example" }];
    await expect(open(ok, { certificates })).rejects.toThrow("expected edge serve");
  });

  test("does without a client that speaks none", async () => {
    const { scene, client, end } = await secured(ok);
    scene.client.request("GET", "/");
    await scene.client.closed();
    expect(scene.origin.requests).toEqual([]);
    expect((await client.ask("GET", "/")).status).toBe(200);
    await end();
  });

  test("does without a client that leaves before its handshake", async () => {
    const { scene, client, end } = await secured(ok);
    const socket = connect(scene.edge.port, "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    socket.destroy();
    expect((await client.ask("GET", "/")).status).toBe(200);
    await end();
  });
});
