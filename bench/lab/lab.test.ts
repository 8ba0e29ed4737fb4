import { expect, test } from "bun:test";
import { join } from "node:path";
import type { LabCluster } from "./clusters.ts";
import { type LabOptions, startLab } from "./lab.ts";

const program = join(import.meta.dir, "lab.fixture.ts");
const clusters: readonly LabCluster[] = [
  { name: "cluster1", profile: "t2.large", instanceIds: ["i-1", "i-2"] },
  { name: "cluster2", profile: "t2.micro", instanceIds: ["i-3"] },
];

function labOptions(fault?: string): LabOptions {
  return {
    clusters,
    policy: "ewma",
    seed: 1,
    balancer: [process.execPath, program, "balancer", ...(fault === undefined ? [] : ["--fault", fault])],
    backend: [process.execPath, program, "backend"],
    readyTimeoutMs: 10_000,
    signal: new AbortController().signal,
  };
}

/** Pids of this process's living children that run the fixture. */
function children(): number[] {
  const listing = Bun.spawnSync(["ps", "-o", "pid=,args=", "--ppid", String(process.pid)]).stdout.toString();
  return listing
    .split("\n")
    .filter((line) => line.includes("lab.fixture.ts"))
    .map((line) => Number.parseInt(line, 10));
}

test("starts all processes, is reachable, and leaves none behind", async () => {
  const lab = await startLab(labOptions());
  if (!lab.ok) throw new Error(lab.fault);
  expect(children()).toHaveLength(4);
  const reply = await (await fetch(`${lab.value.url}/cluster2`)).json();
  expect(reply).toMatchObject({ instance: "i-3", cluster: "cluster2" });
  expect([...lab.value.targets.values()].map((members) => members.map(({ id }) => id))).toEqual([
    ["i-1", "i-2"],
    ["i-3"],
  ]);
  await lab.value.stop();
  expect(children()).toEqual([]);
});

test("a balancer that ends at once: the fault shows its last words", async () => {
  const lab = await startLab(labOptions("crash"));
  const fault = expect.stringMatching(/ended with code 1;.*\n.*something is wrong with it/);
  expect(lab).toMatchObject({ ok: false, fault });
  expect(children()).toEqual([]);
});

test("targets that do not get healthy: the fault names them and their states", async () => {
  const lab = await startLab({ ...labOptions("sick"), readyTimeoutMs: 1500 });
  expect(lab).toMatchObject({ ok: false, fault: expect.stringContaining("i-3 unhealthy") });
  expect(children()).toEqual([]);
});

test("a program that does not exist", async () => {
  const lab = await startLab({ ...labOptions(), balancer: ["/does/not/exist"] });
  expect(lab).toMatchObject({ ok: false, fault: expect.stringContaining("/does/not/exist") });
  expect(children()).toEqual([]);
});

test("an abort while it starts ends what has been started", async () => {
  const controller = new AbortController();
  const starting = startLab({ ...labOptions("sick"), signal: controller.signal });
  while (children().length < 4) await Bun.sleep(5);
  controller.abort(new Error("interrupted"));
  expect(await starting.catch((error: unknown) => error)).toEqual(new Error("interrupted"));
  expect(children()).toEqual([]);
});
