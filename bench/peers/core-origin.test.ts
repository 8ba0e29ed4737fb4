import { expect, test } from "bun:test";
import { connect } from "node:net";
import { success } from "../outcome.ts";
import { withCoreOrigin } from "./core-origin.ts";
import { withTestContext } from "./peers.fixture.ts";

/** Sends each piece as a packet of its own; resolves with the bodies of as many answers as are expected. */
function bodiesOf(port: number, pieces: readonly string[], answers: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    let received = "";
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`closed after ${received}`)));
    socket.on("data", (bytes) => {
      received += bytes;
      const bodies = received.split(/HTTP\/1\.1 200 OK\r\n.*?\r\n\r\n/s).slice(1);
      if (bodies.length < answers) return;
      resolve(bodies);
      socket.destroy();
    });
    socket.on("connect", async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await Bun.sleep(2);
      }
    });
  });
}

test("every head gets an answer, however it comes, on every port, until the task ends", async () => {
  const head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const body = "Instance number 1 is responding now!";
  const measured = await withTestContext((context) =>
    withCoreOrigin(context, 2, async ({ targets: [first, second] }) => {
      const ports = [first?.port ?? 0, second?.port ?? 0] as const;
      expect(await bodiesOf(ports[0], [head], 1)).toEqual([body]);
      expect(await bodiesOf(ports[1], [head, head], 2)).toEqual([body, body]);
      expect(await bodiesOf(ports[0], [head.repeat(3)], 3)).toEqual([body, body, body]);
      // "\r\r\n\r\n" ends a head too, with its last four characters.
      const pieces = ["GET / HTTP/1.1\r\nHost: a\r", "\r\n\r", `\n${head.slice(0, 5)}`, head.slice(5)];
      expect(await bodiesOf(ports[0], pieces, 2)).toEqual([body, body]);
      return success(ports);
    }),
  );
  if (!measured.ok) throw new Error(measured.fault);
  for (const port of measured.value)
    expect(await fetch(`http://127.0.0.1:${port}/`).catch(() => "gone")).toBe("gone");
});
