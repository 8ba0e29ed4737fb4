import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildExecutables } from "../scripts/build.ts";
import { BalancerProcess } from "./testing/balancer-process.ts";
import { stopAfterEach } from "./testing/stop-after-each.ts";

const option = "MIMALLOC_PURGE_HOLES_MIN_INTERVAL";
const config = {
  listeners: [{ name: "public", protocol: "http", listen: "127.0.0.1:0", routes: [{ group: "g" }] }],
  groups: { g: { health: false, targets: [{ id: "t", url: "http://127.0.0.1:1" }] } },
};

const directory = mkdtempSync(join(tmpdir(), "ballast-build-"));
const executable = join(directory, "balancer");
const opened = stopAfterEach();

beforeAll(() => buildExecutables(undefined, directory, ["balancer"]));
afterAll(() => rmSync(directory, { recursive: true }));

/** What the system tells of a process, which may be several texts that end with 0 each. */
function told(pid: number, what: "cmdline" | "comm" | "environ"): string[] {
  return readFileSync(`/proc/${pid}/${what}`, "utf8").trimEnd().split("\0");
}

test("the executable has the allocator told, and keeps its name, its arguments and what it was given", async () => {
  const file = join(directory, "lb.json");
  writeFileSync(file, JSON.stringify(config));
  const script = `exec "$0" --config /dev/fd/5 5<"$1"`;
  const child = Bun.spawn(["sh", "-c", script, executable, file], { stdout: "pipe" });
  opened({ stop: () => child.kill() });
  const { value } = await child.stdout.getReader().read();
  expect(String(Buffer.from(value ?? []))).toStartWith("listener public on");
  expect(told(child.pid, "environ")).toContain(`${option}=10000`);
  expect(told(child.pid, "comm")).toEqual(["balancer"]);
  expect(told(child.pid, "cmdline")).toEqual([executable, "--config", "/dev/fd/5", ""]);
  child.kill();
  expect(await child.exited).toBe(0);
});

test("who has told the allocator something else is heard", async () => {
  const { balancer } = await BalancerProcess.serve(config, executable, { [option]: "500" });
  opened(balancer);
  expect(told(balancer.pid, "environ")).toContain(`${option}=500`);
  expect(told(balancer.pid, "environ")).not.toContain(`${option}=10000`);
});
