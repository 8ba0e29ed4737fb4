import { afterEach, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import type { Result } from "../result.ts";
import type { Backend } from "../server.ts";
import { startTcpEcho } from "./tcp-echo.ts";
import { startUdpEcho } from "./udp-echo.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function started(result: Result<Backend>): Backend {
  if (!result.ok) throw new Error(result.faults.join());
  cleanups.push(() => result.value.stop());
  return result.value;
}

test("TCP comes back whole, also to a client that has ended and reads late", async () => {
  const echo = started(startTcpEcho("127.0.0.1", 0));
  expect(echo.origin).toBe(`tcp://127.0.0.1:${echo.port}`);
  const sent = crypto.getRandomValues(new Uint8Array(65_536));
  const times = 64;
  const socket = connect({ port: echo.port, host: "127.0.0.1", allowHalfOpen: true });
  cleanups.push(() => socket.destroy());
  for (let i = 0; i < times; i++) socket.write(sent);
  socket.end();
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  const received = Buffer.concat(parts);
  expect(received.length).toBe(times * sent.length);
  for (let i = 0; i < times; i++)
    expect(received.subarray(i * sent.length, (i + 1) * sent.length).equals(sent)).toBeTrue();
});

test("TCP connections are closed when it stops", async () => {
  const echo = started(startTcpEcho("127.0.0.1", 0));
  const socket = connect({ port: echo.port, host: "127.0.0.1" });
  const closed = new Promise((resolve) => socket.on("close", resolve));
  await new Promise((resolve) => {
    socket.on("data", resolve);
    socket.write("x");
  });
  await echo.stop();
  await closed;
});

test("UDP datagrams come back to whom they came from", async () => {
  const echo = started(await startUdpEcho("127.0.0.1", 0));
  const texts = ["one", "two"];
  const replies = texts.map(
    (text) =>
      new Promise<string>((resolve) => {
        const socket = createSocket("udp4");
        cleanups.push(() => socket.close());
        socket.on("message", (message) => resolve(message.toString()));
        socket.send(text, echo.port, "127.0.0.1");
      }),
  );
  expect(await Promise.all(replies)).toEqual(texts);
});

test("a port that is taken is a fault that names it", async () => {
  const { port } = started(startTcpEcho("127.0.0.1", 0));
  const fault = `127.0.0.1:${port}: expected an address to listen on: `;
  expect(startTcpEcho("127.0.0.1", port)).toEqual({ ok: false, faults: [expect.stringContaining(fault)] });
  const udp = started(await startUdpEcho("127.0.0.1", 0));
  expect(await startUdpEcho("127.0.0.1", udp.port)).toMatchObject({ ok: false });
});
