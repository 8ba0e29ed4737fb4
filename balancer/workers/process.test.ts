import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildExecutables } from "../../scripts/build.ts";
import { BalancerProcess } from "../testing/balancer-process.ts";
import type { LogLine } from "../testing/edge-fixture.ts";
import { RawClient } from "../testing/raw-client.ts";
import { okWith, RawOrigin } from "../testing/raw-origin.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";

const clientCount = 16;

const opened = stopAfterEach();

function configFor(url: string, more: object = {}) {
  const listener = { name: "public", protocol: "http", listen: "127.0.0.1:0", status: "/status" };
  return {
    listeners: [
      { ...listener, routes: [{ group: "g" }] },
      { ...listener, name: "second", routes: [{ group: "g" }] },
    ],
    groups: { g: { health: false, targets: [{ id: "t", url }] } },
    workers: 2,
    ...more,
  };
}

async function connect(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  opened({ stop: () => void client.socket.destroy() });
  return client;
}

function connectAll(port: number): Promise<RawClient[]> {
  return Promise.all(Array.from({ length: clientCount }, () => connect(port)));
}

/** A target, and clients of both workers with a request there. */
async function startHeld(more: object = {}) {
  const held: (() => void)[] = [];
  const origin = await RawOrigin.start((_, connection) => held.push(() => connection.send(okWith("hi"))));
  opened(origin);
  const { balancer, port } = await BalancerProcess.serve(configFor(origin.url, more));
  opened(balancer);
  const clients = await connectAll(port);
  for (const client of clients) client.request("GET", "/");
  await until("all are at the target", () => held.length === clientCount);
  return { balancer, port, clients, held };
}

async function startAnswering(more: object, path?: string) {
  const origin = await RawOrigin.start((_, connection) => connection.send(okWith("hi")));
  opened(origin);
  const { balancer, port } = await BalancerProcess.serve(configFor(origin.url, more), path);
  opened(balancer);
  return { balancer, port };
}

describe("the end", () => {
  test("waits for what is open in every worker, and is 0", async () => {
    const { balancer, clients, held } = await startHeld();
    balancer.signal("SIGTERM");
    await until("it drains", () => balancer.stderr.includes("draining"));
    for (const answer of held) answer();
    const answers = await Promise.all(clients.map((client) => client.answer()));
    expect(answers.map(({ status }) => status)).toEqual(clients.map(() => 200));
    expect((await balancer.exited).exitCode).toBe(0);
  });

  test("comes at once at the second signal", async () => {
    const { balancer, clients } = await startHeld();
    balancer.signal("SIGTERM");
    await until("it drains", () => balancer.stderr.includes("draining"));
    balancer.signal("SIGTERM");
    expect((await balancer.exited).exitCode).toBe(0);
    await Promise.all(clients.map((client) => client.closed()));
  });

  test("does not wait longer than drainTimeout", async () => {
    const { balancer, clients } = await startHeld({ drainTimeout: "50ms" });
    balancer.signal("SIGTERM");
    expect((await balancer.exited).exitCode).toBe(0);
    await Promise.all(clients.map((client) => client.closed()));
    expect(balancer.stderr).toContain("not drained within 50 ms: cutting off what is open\n");
  });
});

test("each listener's port is printed once, and both workers share it", async () => {
  const { balancer } = await startAnswering({});
  const lines = await until("both are up", () => {
    const found = balancer.stdout.trimEnd().split("\n");
    return found.length === 2 && found;
  });
  expect(lines.map((line) => line.replace(/\d+$/, ""))).toEqual([
    "listener public on http://127.0.0.1:",
    "listener second on http://127.0.0.1:",
  ]);
  for (const line of lines) {
    const answer = await (await connect(Number(/\d+$/.exec(line)?.[0]))).ask("GET", "/");
    expect(answer.status).toBe(200);
  }
});

describe("a port that is taken", () => {
  async function startOn(port: number) {
    const config = configFor("http://127.0.0.1:1");
    const listeners = [{ ...config.listeners[0], listen: `127.0.0.1:${port}` }];
    const text = JSON.stringify({ ...config, listeners });
    const balancer = BalancerProcess.start(["--config", "lb.json"], { "lb.json": text });
    opened(balancer);
    return balancer.exited;
  }

  test("by another program ends with 1 and one line that says which", async () => {
    const origin = await RawOrigin.start(() => {});
    opened(origin);
    const { exitCode, stderr } = await startOn(origin.port);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`^balancer: listener public: can't listen on 127.0.0.1:${origin.port}: [^\\n]+\\n$`),
    );
  });

  test("by another balancer with workers too, though the system would let them share it", async () => {
    const { port } = await startAnswering({});
    const { exitCode, stderr } = await startOn(port);
    expect(exitCode).toBe(1);
    expect(stderr).toStartWith(`balancer: listener public: can't listen on 127.0.0.1:${port}: `);
  });
});

describe("the access log", () => {
  /** Long lines, so that a batch of them is more than a pipe takes in one piece. */
  const padding = "x".repeat(2000);
  const requestsEach = 60;

  async function logOf(more: object, text: (balancer: BalancerProcess) => string): Promise<LogLine[]> {
    const { balancer, port } = await startAnswering(more);
    const clients = await connectAll(port);
    await Promise.all(
      clients.map(async (client, number) => {
        for (let i = 0; i < requestsEach; i++) await client.ask("GET", `/${number}/${i}?${padding}`);
      }),
    );
    balancer.signal("SIGTERM");
    expect((await balancer.exited).exitCode).toBe(0);
    return text(balancer)
      .split("\n")
      .filter((line) => line !== "" && !line.startsWith("listener "))
      .map((line) => JSON.parse(line) as LogLine);
  }

  const asked = Array.from({ length: clientCount }, (_, number) =>
    Array.from({ length: requestsEach }, (_, i) => `/${number}/${i}?${padding}`),
  )
    .flat()
    .sort();

  test("in a file has every line of every worker, whole", async () => {
    const directory = mkdtempSync(join(tmpdir(), "ballast-log-"));
    const accessLog = join(directory, "access.log");
    const lines = await logOf({ accessLog }, () => readFileSync(accessLog, "utf8"));
    expect(lines.map(({ path }) => path).sort()).toEqual(asked);
    rmSync(directory, { recursive: true, force: true });
  });

  test("goes on in a new file of its name after SIGUSR1, in every worker", async () => {
    const directory = mkdtempSync(join(tmpdir(), "ballast-log-"));
    const [accessLog, old] = [join(directory, "access.log"), join(directory, "access.log.1")];
    const { balancer, port } = await startAnswering({ accessLog });
    const clients = await connectAll(port);
    const askAll = (path: string) => Promise.all(clients.map((client) => client.ask("GET", path)));
    const linesOf = (file: string) => readFileSync(file, "utf8").match(/"path":"[^"]*"/g) ?? [];
    await askAll("/before");
    await until("all is written", () => linesOf(accessLog).length === clients.length);
    renameSync(accessLog, old);
    balancer.signal("SIGUSR1");
    // The workers hear of it one by one.
    await until("a new file has lines", async () => {
      await askAll("/after");
      return existsSync(accessLog) && linesOf(accessLog).length > clients.length;
    });
    balancer.signal("SIGTERM");
    expect((await balancer.exited).exitCode).toBe(0);
    expect(linesOf(old).filter((line) => line.includes("before"))).toHaveLength(clients.length);
    expect(linesOf(accessLog).filter((line) => line.includes("before"))).toEqual([]);
    rmSync(directory, { recursive: true, force: true });
  });

  test("on stdout has those of requests that were open when the end began", async () => {
    const { balancer, clients, held } = await startHeld({ accessLog: "stdout" });
    balancer.signal("SIGTERM");
    await until("it drains", () => balancer.stderr.includes("draining"));
    for (const answer of held) answer();
    await Promise.all(clients.map((client) => client.answer()));
    const { stdout, stderr } = await balancer.exited;
    expect(stdout.match(/"status":200/g) ?? []).toHaveLength(clientCount);
    expect(stderr).not.toContain("access log");
  });

  test("on stdout too", async () => {
    const lines = await logOf({ accessLog: "stdout" }, ({ stdout }) => stdout);
    expect(lines.map(({ path }) => path).sort()).toEqual(asked);
  });
});

test("the executable starts its workers, wherever it is started, and sends their traces", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ballast-build-"));
  await buildExecutables(undefined, directory);
  let sent = "";
  const collector = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      sent += await request.text();
      return Response.json({});
    },
  });
  opened({ stop: () => collector.stop(true) });
  const tracing = { endpoint: collector.url.href, ratio: 1 };
  const { balancer, port } = await startAnswering({ tracing }, join(directory, "balancer"));
  const clients = await connectAll(port);
  const answers = await Promise.all(clients.map((client) => client.ask("GET", "/")));
  expect(answers.map(({ status }) => status)).toEqual(clients.map(() => 200));
  balancer.signal("SIGTERM");
  expect((await balancer.exited).exitCode).toBe(0);
  expect(sent.match(/"traceId"/g)).toHaveLength(2 * clients.length);
  rmSync(directory, { recursive: true, force: true });
});
