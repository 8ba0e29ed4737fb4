import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { success } from "../outcome.ts";
import { findCompiler } from "./compile.ts";
import { compileFloor, floor } from "./floor.ts";
import { withTestContext } from "./peers.fixture.ts";
import { withPeer } from "./running-peer.ts";

const compiler = process.platform === "linux" ? findCompiler() : undefined;
const skipped = compiler === undefined ? ", skipped: no C compiler" : "";
const bodyBytes = 24 * 1024 * 1024;

let scratch = "";
let executable = "";
beforeAll(async () => {
  if (compiler === undefined) return;
  scratch = await mkdtemp(join(tmpdir(), "ballast-floor-"));
  const compiled = compileFloor(compiler, scratch);
  if (!compiled.ok) throw new Error(compiled.fault);
  executable = compiled.value;
});
afterAll(async () => {
  if (scratch !== "") await rm(scratch, { recursive: true });
});

/** Runs `task` with the relay before `target`, which answers a plain request as long as the relay is awaited. */
async function throughFloor<T>(
  target: (socket: Socket) => void,
  task: (port: number) => Promise<T>,
): Promise<T> {
  let isReady = false;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    // A peer that goes away in the middle is part of what is tested.
    socket.on("error", () => {});
    if (isReady) target(socket);
    else
      socket.on("data", () =>
        socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const subject = { peer: floor(executable), executable, version: "" };
  const outcome = await withTestContext((context) =>
    withPeer(context, subject, { targets: [{ id: "t-1", port }] }, async ({ url }) => {
      isReady = true;
      return success(await task(Number(new URL(url).port)));
    }),
  );
  server.close();
  if (!outcome.ok) throw new Error(outcome.fault);
  return outcome.value;
}

/** Sends `bytes` and its end; what came back, read slowly enough to fill every buffer on the way. */
function exchange(port: number, bytes: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    socket.on("error", reject);
    socket.on("data", (part) => {
      received.push(Buffer.from(part));
      socket.pause();
      setImmediate(() => socket.resume());
    });
    socket.on("end", () => resolve(Buffer.concat(received)));
    socket.end(bytes);
  });
}

describe.skipIf(compiler === undefined)(`the C relay${skipped}`, () => {
  test("loses no byte in either direction, and passes on each side's end", async () => {
    const sent = Buffer.alloc(bodyBytes);
    for (let index = 0; index < sent.length; index += 4) sent.writeUInt32LE(index, index);
    // Answers only when all has come, so that a lost end would hang.
    const echo = (socket: Socket) => {
      const parts: Buffer[] = [];
      socket.on("data", (part) => parts.push(Buffer.from(part)));
      socket.on("end", () => socket.end(Buffer.concat(parts)));
    };
    const received = await throughFloor(echo, (port) => exchange(port, sent));
    expect(received.length).toBe(sent.length);
    expect(received.equals(sent)).toBe(true);
  });

  test("a side that breaks takes the other one with it", async () => {
    const broken = await throughFloor(
      (socket) => socket.on("data", () => socket.resetAndDestroy()),
      (port) =>
        new Promise<string>((resolve) => {
          const socket = connect(port, "127.0.0.1", () => socket.write("x"));
          socket.on("error", () => {});
          socket.on("close", () => resolve("closed"));
        }),
    );
    expect(broken).toBe("closed");
  });
});
