import { describe, expect, test } from "bun:test";
import type { Socket } from "bun";
import { generate } from "selfsigned";
import { stopAfterEach } from "../../balancer/testing/stop-after-each.ts";
import { runLoad } from "./load.ts";
import type { LoadPlanInput } from "./plan.ts";
import { failureKinds, type LoadResult } from "./result.ts";

const started = stopAfterEach();

type Reply = (socket: Socket<{ requests: number }>, requestOnThisConnection: number, head: string) => void;

/** A server that does with each request what it is told; requests come one by one. */
function serve(reply: Reply): string {
  const listener = Bun.listen<{ requests: number }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (socket) => {
        socket.data = { requests: 0 };
      },
      data: (socket, bytes) => reply(socket, ++socket.data.requests, bytes.toString()),
    },
  });
  started({ stop: () => listener.stop(true) });
  return `http://127.0.0.1:${listener.port}/cluster1`;
}

function json(instance: string, cluster: string, headers = ""): string {
  const body = JSON.stringify({ message: "hello", instance, cluster });
  return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`;
}

const closedShape = (requests: number, concurrency: number): LoadPlanInput["shape"] => ({
  kind: "closed",
  requests,
  concurrency,
});

function accounted(result: LoadResult): number {
  const answered = Object.values(result.statuses).reduce((sum, times) => sum + times, 0);
  return answered + failureKinds.reduce((sum, kind) => sum + result.failures[kind], 0);
}

describe("closed loop", () => {
  test("1000 simultaneous: all connections are open before the first request", async () => {
    let open = 0;
    let openAtFirstRequest = 0;
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: () => {
          open++;
        },
        data: (socket) => {
          openAtFirstRequest ||= open;
          socket.write(json("i-1", "cluster1"));
        },
      },
    });
    started({ stop: () => listener.stop(true) });
    const result = await runLoad({
      url: `http://127.0.0.1:${listener.port}/`,
      shape: closedShape(1000, 1000),
    });
    expect(openAtFirstRequest).toBe(1000);
    expect(result).toMatchObject({
      requests: 1000,
      statuses: { "200": 1000 },
      peakConnections: 1000,
      retries: 0,
    });
    expect(result.timeline.reduce((sum, bucket) => sum + bucket.answers, 0)).toBe(1000);
  });

  test("connections are kept alive, and targets are counted by header or else by body", async () => {
    let connections = 0;
    const url = serve((socket, request) => {
      if (request === 1) connections++;
      socket.write(
        request % 2 === 0 ? json("i-1", "cluster1") : json("x", "cluster1", "x-ballast-target: i-10\r\n"),
      );
    });
    const result = await runLoad({ url, shape: closedShape(40, 2), expectCluster: "cluster1" });
    expect(connections).toBe(2);
    expect(Object.keys(result.targets)).toEqual(["i-1", "i-10"]);
    expect((result.targets["i-1"]?.requests ?? 0) + (result.targets["i-10"]?.requests ?? 0)).toBe(40);
    expect(result.mistakes).toEqual({});
  });

  test("another cluster's answer is a mistake", async () => {
    const url = serve((socket, request) =>
      socket.write(json("i-1", request % 2 === 0 ? "cluster1" : "cluster2")),
    );
    const result = await runLoad({ url, shape: closedShape(10, 1), expectCluster: "cluster1" });
    expect(result.mistakes).toEqual({ "unexpected cluster": 5 });
  });

  test("a warm-up is sent but not counted", async () => {
    let received = 0;
    const url = serve((socket) => {
      received++;
      socket.write(json("i-1", "cluster1"));
    });
    const result = await runLoad({ url, shape: closedShape(20, 2), warmupMs: 30 });
    expect(result.requests).toBe(20);
    expect(received).toBeGreaterThan(20);
  });
});

describe("failures by kind", () => {
  test("connect: nobody listens", async () => {
    const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    listener.stop(true);
    const result = await runLoad({ url: `http://127.0.0.1:${listener.port}/`, shape: closedShape(5, 2) });
    expect(result).toMatchObject({ requests: 5, failures: { connect: 5 }, peakConnections: 0 });
    expect(result.latency.p50Us).toBe(0);
  });

  test("timeout: no answer in time", async () => {
    const url = serve(() => {});
    const result = await runLoad({ url, shape: closedShape(3, 3), timeoutMs: 60 });
    expect(result.failures).toEqual({ connect: 0, timeout: 3, reset: 0, protocol: 0 });
  });

  test("timeout: no connection free in time", async () => {
    const url = serve(() => {});
    const shape = { kind: "open", ratePerSecond: 500, durationMs: 40, maxConnections: 1 } as const;
    const result = await runLoad({ url, shape, timeoutMs: 80 });
    expect(result.requests).toBeGreaterThan(2);
    expect(result.failures.timeout).toBe(result.requests);
  });

  test("reset: closed in the middle of an answer", async () => {
    const url = serve((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhal");
      socket.end();
    });
    const result = await runLoad({ url, shape: closedShape(4, 2) });
    expect(result.failures).toMatchObject({ reset: 4, protocol: 0 });
  });

  test("protocol: no HTTP", async () => {
    const url = serve((socket) => socket.write("SSH-2.0-x\r\n\r\n"));
    const result = await runLoad({ url, shape: closedShape(4, 2) });
    expect(result.failures).toMatchObject({ reset: 0, protocol: 4 });
  });

  test("a status is no failure of the transport", async () => {
    const url = serve((socket, request) =>
      socket.write(`HTTP/1.1 ${request % 2 === 0 ? 200 : 503} x\r\ncontent-length: 0\r\n\r\n`),
    );
    const result = await runLoad({ url, shape: closedShape(10, 1) });
    expect(result.statuses).toEqual({ "200": 5, "503": 5 });
    expect(accounted(result)).toBe(10);
  });
});

describe("a kept-alive connection that the server has closed", () => {
  test("is retried on a fresh one, and counted", async () => {
    const url = serve((socket, request) => {
      if (request === 1) socket.write(json("i-1", "cluster1"));
      else socket.end();
    });
    const result = await runLoad({ url, shape: closedShape(6, 1) });
    expect(result).toMatchObject({ requests: 6, statuses: { "200": 6 }, retries: 5 });
  });

  test("a fresh one that is closed is a failure", async () => {
    const url = serve((socket) => socket.end());
    const result = await runLoad({ url, shape: closedShape(3, 1) });
    expect(result).toMatchObject({ failures: { reset: 3 }, retries: 0 });
  });
});

describe("open loop", () => {
  test("latency counts from the intended start while all connections are busy", async () => {
    const answerAfterMs = 20;
    const url = serve((socket) => {
      setTimeout(() => socket.write(json("i-1", "cluster1")), answerAfterMs);
    });
    // One connection answers 50 a second; 200 a second come. A closed loop would report about 20 ms.
    const shape = { kind: "open", ratePerSecond: 200, durationMs: 300, maxConnections: 1 } as const;
    const result = await runLoad({ url, shape });
    expect(result.statuses["200"]).toBe(result.requests);
    expect(result.latency.p90Us).toBeGreaterThan(10 * answerAfterMs * 1000);
  });

  test("tells how late each counted request was handed over", async () => {
    const url = serve((socket) => void socket.write(json("i-1", "cluster1")));
    const shape = { kind: "open", ratePerSecond: 500, durationMs: 200, maxConnections: 8 } as const;
    const lagsMs: number[] = [];
    const onHandOver = (lagMs: number) => lagsMs.push(lagMs);
    const { requests, maxScheduleLagMs } = await runLoad({ url, shape, warmupMs: 50 }, { onHandOver });
    expect(lagsMs).toHaveLength(requests);
    expect(Math.max(...lagsMs)).toBe(maxScheduleLagMs);
    expect(Math.min(...lagsMs)).toBeGreaterThanOrEqual(0);
  });

  test("opens no more connections than allowed", async () => {
    const url = serve((socket) => {
      setTimeout(() => socket.write(json("i-1", "cluster1")), 5);
    });
    const shape = { kind: "open", ratePerSecond: 2000, durationMs: 100, maxConnections: 8 } as const;
    const result = await runLoad({ url, shape });
    expect(result.peakConnections).toBe(8);
    expect(accounted(result)).toBe(result.requests);
  });
});

describe("https", () => {
  test("needs a trusted certificate, unless told otherwise", async () => {
    const pem = await generate([{ name: "commonName", value: "127.0.0.1" }]);
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      tls: { key: pem.private, cert: pem.cert },
      fetch: () => Response.json({ instance: "i-1", cluster: "cluster1" }),
    });
    started({ stop: () => server.stop(true) });
    const plan = { url: server.url.href, shape: closedShape(4, 2) };
    expect((await runLoad(plan)).failures.connect).toBe(4);
    expect((await runLoad({ ...plan, insecureTls: true })).statuses).toEqual({ "200": 4 });
  });
});

test("a TLS handshake that is never answered is given up, and its socket closed", async () => {
  let closed = 0;
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data() {},
      close: () => {
        closed++;
      },
    },
  });
  started({ stop: () => listener.stop(true) });
  const url = `https://127.0.0.1:${listener.port}/`;
  const result = await runLoad({ url, shape: closedShape(1, 1), connectTimeoutMs: 50 });
  expect(result.failures.connect).toBe(1);
  while (closed < 2) await Bun.sleep(1);
});

describe("ending early and bad plans", () => {
  test("an abort rejects with the reason", async () => {
    const controller = new AbortController();
    const url = serve(() => controller.abort(new Error("enough")));
    const run = runLoad({ url, shape: closedShape(1, 1) }, { signal: controller.signal });
    expect(run).rejects.toThrow("enough");
    await run.catch(() => {});
  });

  test("headers are sent and stay out of the result", async () => {
    let head = "";
    const url = serve((socket, _request, text) => {
      head = text;
      socket.write(json("i-1", "cluster1"));
    });
    const result = await runLoad(
      { url, shape: closedShape(1, 1) },
      { headers: { Authorization: "Bearer s3cret" } },
    );
    expect(head.toLowerCase()).toContain("authorization: bearer s3cret");
    expect(head).toMatch(/^GET \/cluster1 HTTP\/1\.1\r\n/);
    expect(JSON.stringify(result)).not.toContain("s3cret");
  });

  test.each([
    [{ url: "ftp://x", shape: closedShape(1, 1) }, "http:// or https://"],
    [{ url: "http://x", shape: { kind: "closed", concurrency: 1 } as const }, "exactly one of requests"],
  ])("%j is refused", async (plan, reason) => {
    expect(runLoad(plan)).rejects.toThrow(reason);
  });
});
