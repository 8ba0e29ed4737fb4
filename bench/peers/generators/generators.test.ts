import { describe, expect, test } from "bun:test";
import { stopAfterEach } from "../../../balancer/testing/stop-after-each.ts";
import { readH2load } from "./h2load.ts";
import { openIdleConnections } from "./idle-connections.ts";
import type { Load } from "./load.ts";
import { newConnections } from "./new-connections.ts";
import { ownClosedLoop } from "./own.ts";
import { runTool } from "./tool.ts";
import { wrkClosedLoop } from "./wrk.ts";

const { signal } = new AbortController();
const opened = stopAfterEach();

/** A server that answers with each of the statuses in turn. */
function serverOf(...statuses: number[]): string {
  let turn = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => {
      const isAskedFor = new URL(url).pathname === "/asked";
      return new Response("x", { status: isAskedFor ? (statuses[turn++ % statuses.length] ?? 500) : 404 });
    },
  });
  opened({ stop: () => server.stop(true) });
  return server.url.href;
}

test("the own generator asks for its path, and tells good answers from bad ones", async () => {
  const { answered, bad } = await ownClosedLoop(2, "/asked").run(serverOf(200, 503), 50, signal);
  expect(answered).toBeGreaterThan(1);
  expect(Math.abs(answered - 2 * bad)).toBeLessThanOrEqual(1);
});

const wrk = Bun.which("wrk");
test.skipIf(wrk === null)(
  `wrk does so too${wrk === null ? ", skipped: it is not installed" : ""}`,
  async () => {
    const load: Load = wrkClosedLoop(2, "/asked");
    const { answered, bad, latency } = await load.run(serverOf(200, 503), 1000, signal);
    expect(Math.abs(answered - 2 * bad)).toBeLessThanOrEqual(2);
    expect(latency?.p99Us).toBeGreaterThan(0);
  },
);

/** Counts connections and what they ask; answers and, when asked to, closes. */
function countingServer() {
  const seen = { connections: 0, requests: 0, open: 0, close: () => {} };
  const sockets = new Set<{ end(): void }>();
  seen.close = () => {
    for (const socket of sockets) socket.end();
  };
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (socket) => {
        seen.connections++;
        seen.open++;
        sockets.add(socket);
      },
      data: (socket, bytes) => {
        seen.requests++;
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n");
        if (!/^connection: close\r$/im.test(bytes.toString())) socket.write("\r\n");
        else socket.end("connection: close\r\n\r\n");
      },
      close: (socket) => {
        seen.open--;
        sockets.delete(socket);
      },
    },
  });
  opened({ stop: () => listener.stop(true) });
  return { seen, url: `http://127.0.0.1:${listener.port}/` };
}

test("new connections: each carries one request, at the rate asked for", async () => {
  const { seen, url } = countingServer();
  const { answered, bad, wallMs } = await newConnections(500).run(url, 400, signal);
  expect(bad).toBe(0);
  expect(seen.requests).toBe(answered);
  // One that is opened for a request that another took over meanwhile stays unused.
  expect(seen.connections).toBeGreaterThanOrEqual(answered);
  expect(seen.connections).toBeLessThanOrEqual(answered + 2);
  // Poisson arrivals of 200 have a deviation of 14.
  expect(answered).toBeGreaterThan(100);
  expect(answered).toBeLessThan(300);
  expect(wallMs).toBeLessThan(2000);
});

describe("idle connections", () => {
  test("have had one answer, stay open, and end together", async () => {
    const { seen, url } = countingServer();
    const idle = await openIdleConnections(url, 300, signal);
    if (!idle.ok) throw new Error(idle.fault);
    expect(seen).toMatchObject({ connections: 300, requests: 300, open: 300 });
    expect(idle.value.lost()).toBe(0);
    idle.value.close();
    while (seen.open > 0) await Bun.sleep(1);
  });

  test("those that the server closes are counted", async () => {
    const { seen, url } = countingServer();
    const idle = await openIdleConnections(url, 5, signal);
    if (!idle.ok) throw new Error(idle.fault);
    seen.close();
    while (idle.value.lost() < 5) await Bun.sleep(1);
    idle.value.close();
    expect(idle.value.lost()).toBe(5);
  });

  test("one that isn't answered with 200 is a fault", async () => {
    expect(await openIdleConnections(serverOf(200), 3, signal)).toMatchObject({
      ok: false,
      fault: expect.stringContaining("answered with 404"),
    });
  });
});

describe("h2load's summary", () => {
  const printed = (protocol: string, requests: string, statuses: string) =>
    `starting benchmark...\nApplication protocol: ${protocol}\n\nfinished in 5.00s, 24.40 req/s, 1.20KB/s\nrequests: ${requests}\nstatus codes: ${statuses}\ntraffic: 1KB`;

  test("good answers, bad ones and requests without one are told apart", () => {
    const good = "122 total, 250 started, 122 done, 122 succeeded, 0 failed, 0 errored, 0 timeout";
    expect(readH2load(printed("h2", good, "122 2xx, 0 3xx, 0 4xx, 0 5xx"), 5000)).toEqual({
      answered: 122,
      bad: 0,
      wallMs: 5000,
      latency: undefined,
    });
    const bad = "122 total, 250 started, 122 done, 100 succeeded, 22 failed, 2 errored, 0 timeout";
    expect(readH2load(printed("h2", bad, "100 2xx, 0 3xx, 0 4xx, 20 5xx"), 5000)).toMatchObject({
      answered: 120,
      bad: 22,
    });
  });

  test("another protocol, or no summary, is none", () => {
    const requests = "1 total, 1 started, 1 done, 1 succeeded, 0 failed, 0 errored, 0 timeout";
    expect(readH2load(printed("http/1.1", requests, "1 2xx, 0 3xx, 0 4xx, 0 5xx"), 1000)).toBeUndefined();
    expect(readH2load("could not connect", 1000)).toBeUndefined();
  });
});

test("a tool that a signal has ended says so, unless the signal was meant for the benchmark", async () => {
  const ended = ["sh", "-c", "kill -TERM $$"];
  await expect(runTool(ended, signal)).rejects.toThrow("was ended by SIGTERM");
  const controller = new AbortController();
  const running = runTool(ended, controller.signal);
  await Bun.spawn(ended).exited;
  controller.abort(new Error("interrupted"));
  await expect(running).rejects.toThrow("interrupted");
});
