import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { stopAfterEach } from "../../balancer/testing/stop-after-each.ts";
import { loopbackAddress, sendFromMany } from "./datagrams.ts";
import { parseSoakOptions } from "./options.ts";
import { useAtRest } from "./process-use.ts";
import { registerOverAndOver } from "./registrations.ts";

const { signal } = new AbortController();
const opened = stopAfterEach();

/** Notes what it gets from where, and sends back what `isAnswered` says. */
async function startServer(isAnswered: (count: number) => boolean) {
  const seen = { datagrams: 0, addresses: new Set<string>() };
  const socket = await Bun.udpSocket({
    hostname: "127.0.0.1",
    socket: {
      data(self, bytes, port, address) {
        seen.datagrams++;
        seen.addresses.add(address);
        if (isAnswered(seen.datagrams)) self.send(bytes, port, address);
      },
    },
  });
  opened({ stop: () => socket.close() });
  return { seen, port: socket.port };
}

describe.skipIf(process.platform !== "linux")("datagrams from many addresses", () => {
  test("come from all of them, and every one is counted", async () => {
    const { seen, port } = await startServer(() => true);
    const plan = {
      port,
      datagrams: 700,
      addresses: 300,
      signal,
      onProgress: () => {},
    };
    expect(await sendFromMany(plan)).toEqual({ ok: true, value: { answered: 700, lost: 0 } });
    expect(seen.datagrams).toBe(700);
    expect(seen.addresses).toEqual(
      new Set(Array.from({ length: 300 }, (_, index) => loopbackAddress(index))),
    );
  });

  test("those without a reply are lost, and hold up nothing", async () => {
    const { port } = await startServer((count) => count % 10 !== 0);
    const plan = { port, datagrams: 300, addresses: 10, signal, onProgress: () => {} };
    expect(await sendFromMany(plan)).toEqual({ ok: true, value: { answered: 270, lost: 30 } });
  });
});

/** A control channel that takes everything, or refuses; `seen` is what came over all connections. */
function startControl(answer: string) {
  const seen: string[] = [];
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      // Those who are connected are asked whether they are there, too.
      open: (socket) => void socket.write('{"cmd":"hello"}\n'),
      data(socket, bytes) {
        for (const line of bytes.toString().split("\n").filter(Boolean)) {
          seen.push(line);
          if (!line.includes("hello")) socket.write(`${answer}\n`);
        }
      },
    },
  });
  opened({ stop: () => listener.stop(true) });
  return { seen, port: listener.port };
}

describe("registrations", () => {
  test("alternate with unregistrations on each connection, as many as asked for", async () => {
    const { seen, port } = startControl('{"ack":"successful"}');
    const plan = { controlPort: port, ports: [81, 82, 83], cycles: 100, signal, onProgress: () => {} };
    expect(await registerOverAndOver(plan)).toEqual({ ok: true, value: undefined });
    for (const of of plan.ports) {
      const commands = seen
        .filter((line) => line.includes(`"port":${of}`))
        .map((line) => JSON.parse(line).cmd);
      expect(commands.every((cmd, index) => cmd === (index % 2 === 0 ? "register" : "unregister"))).toBe(
        true,
      );
      expect(commands.length % 2).toBe(0);
    }
    expect(seen.filter((line) => line.includes('"cmd":"register"'))).toHaveLength(100);
    expect(seen.filter((line) => line === '{"ack":"hello"}')).toHaveLength(3);
  });

  test("a refusal is a fault in the balancer's words", async () => {
    const { port } = startControl('{"ack":"failed","msg":"no"}');
    const plan = { controlPort: port, ports: [81], cycles: 5, signal, onProgress: () => {} };
    expect(await registerOverAndOver(plan)).toMatchObject({
      ok: false,
      fault: 'tcp/81: the balancer answered {"ack":"failed","msg":"no"}',
    });
  });
});

test.skipIf(process.platform !== "linux")("what a process holds comes from /proc", async () => {
  const files = readdirSync(`/proc/${process.pid}/fd`).length;
  const { residentMegabytes, openFiles } = await useAtRest(process.pid, signal, 1);
  expect(Math.abs(openFiles - files)).toBeLessThan(5);
  expect(residentMegabytes).toBeGreaterThan(20);
});

test("options: the defaults are the criterion, and every fault is told", () => {
  expect(parseSoakOptions([])).toMatchObject({
    ok: true,
    value: { cycles: 100_000, datagrams: 1_000_000, addresses: 10_000, limitMegabytes: 16 },
  });
  expect(parseSoakOptions(["--help"])).toEqual({ ok: true, value: "help" });
  expect(parseSoakOptions(["--cycles", "0", "--addresses", "70000"])).toEqual({
    ok: false,
    fault:
      '--cycles: found "0", expected a whole number from 1 to 100000000\n--addresses: found "70000", expected a whole number from 1 to 65536',
  });
});
