import { describe, expect, test } from "bun:test";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { unusedPort } from "../testing/unused-port.ts";
import { canDialNatively, dialNatively } from "./native-dial.ts";
import { type SocketEvents, unheard } from "./socket-events.ts";
import type { StreamSocket } from "./stream-socket.ts";

const opened = stopAfterEach();

/** How a dial ends: with a socket, or the name of an error. */
function dial(hostname: string, port: number): Promise<StreamSocket | string> {
  const { promise, resolve } = Promise.withResolvers<StreamSocket | string>();
  const events: SocketEvents = { ...unheard, onSocketOpen: resolve };
  let isSoon = true;
  dialNatively(hostname, port, events, true, (fault) => resolve(isSoon ? `${fault}, too soon` : fault));
  isSoon = false;
  return promise;
}

describe("a dial by system calls of our own", () => {
  test.each(["127.0.0.1", "::1"])("connects to %s", async (hostname) => {
    const server = Bun.listen({
      hostname,
      port: 0,
      socket: { data: (socket, bytes) => void socket.write(bytes) },
    });
    opened({ stop: () => server.stop(true) });
    const socket = await dial(hostname, server.port);
    if (typeof socket === "string") throw new Error(socket);
    const { promise, resolve } = Promise.withResolvers<string>();
    socket.data = {
      ...unheard,
      onSocketData: (bytes, from, to) => resolve(bytes.toString("utf8", from, to)),
    };
    socket.write("echo");
    expect(await promise).toBe("echo");
    expect([socket.remoteAddress, socket.remotePort]).toEqual([hostname, server.port]);
    socket.end();
  });

  test("tells of a refusal by the error's name, and never before it has returned", async () => {
    expect(await dial("127.0.0.1", await unusedPort())).toBe("ECONNREFUSED");
    // No route leads from loopback's addresses to the reserved ones, which the system says at once.
    expect(await dial("255.255.255.255", 80)).toMatch(/^(ENETUNREACH|EACCES|EHOSTUNREACH|ECONNREFUSED)$/);
  });

  test("can be called off", async () => {
    let told = 0;
    const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    opened({ stop: () => server.stop(true) });
    const events = { ...unheard, onSocketOpen: () => void told++ };
    dialNatively("127.0.0.1", server.port, events, true, () => told++)?.terminate();
    await Bun.sleep(5);
    expect(told).toBe(0);
  });

  test("is for IP addresses alone", () => {
    expect(["127.0.0.1", "::1", "localhost", "fe80::1%lo"].map(canDialNatively)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
