import { expect, test } from "bun:test";
import { join } from "node:path";
import { stopAfterEach } from "../balancer/testing/stop-after-each.ts";
import { until } from "../balancer/testing/until.ts";
import { help, parseCommandLine } from "./options.ts";

const opened = stopAfterEach();

test("reads a command line", () => {
  expect(parseCommandLine(["primes"])).toEqual({
    ok: true,
    value: { demo: "primes", port: 3000, json: false },
  });
  expect(parseCommandLine(["policies", "--port", "0", "--json"])).toEqual({
    ok: true,
    value: { demo: "policies", port: 0, json: true },
  });
  for (const args of [["--help"], ["-h"], ["primes", "--help"]])
    expect(parseCommandLine(args)).toEqual({ ok: true, value: "help" });
});

test.each([
  [[], "found no demo, expected primes or policies"],
  [["prime"], 'found "prime", expected primes or policies'],
  [["primes", "--port", "65536"], '--port: found "65536", expected a whole number from 0 to 65535'],
  [["primes", "--port", "x"], '--port: found "x", expected a whole number from 0 to 65535'],
])("refuses %j", (args, fault) => {
  expect(parseCommandLine(args)).toEqual({ ok: false, fault });
});

test.each([[["primes", "--prot"]], [["primes", "more"]], [["--prot"]]])("does not know %j", (args) => {
  expect(parseCommandLine(args)).toMatchObject({ ok: false });
});

function demo(...args: string[]) {
  return Bun.spawn([process.execPath, join(import.meta.dir, "main.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
}

test("--help exits 0", async () => {
  const helped = demo("--help");
  expect([await helped.stdout.text(), await helped.exited]).toEqual([help, 0]);
});

test("a bad command line exits 2", async () => {
  const unknown = demo("prime");
  const fault = 'demo: found "prime", expected primes or policies; try bun run demo --help\n';
  expect([await unknown.stderr.text(), await unknown.exited]).toEqual([fault, 2]);
});

test.each(["primes", "policies"])("%s on a port that is taken exits 1", async (name) => {
  const taken = Bun.serve({ hostname: "127.0.0.1", port: 0, reusePort: true, fetch: () => new Response() });
  opened({ stop: () => taken.stop(true) });
  const refused = demo(name, "--port", String(taken.port));
  expect(await refused.stderr.text()).toContain(`127.0.0.1:${taken.port}: expected an address to listen on`);
  expect(await refused.exited).toBe(1);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s ends all that runs", async (signal) => {
  const running = demo("primes", "--port", "0", "--json");
  const reader = running.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const line = (await reader.read()).value ?? "";
  const { url, programs } = JSON.parse(line) as { url: string; programs: { name: string; pid: number }[] };
  expect((await fetch(url)).status).toBe(200);
  expect(programs.map(({ name }) => name).sort()).toEqual(["balancer", "frontend", "p-1", "p-2", "p-3"]);
  running.kill(signal);
  expect(await running.exited).toBe(0);
  for (const { pid } of programs) await until(`${pid} is gone`, () => !isRunning(pid));
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
