import { expect, test } from "bun:test";
import { parseStat, processTree, residentBytes, threadCpuMs, treeCpuMs } from "./cpu-time.ts";

/** Burns at least 200 ms of CPU, then tells its own CPU time in ms for every line it reads. */
const burner = `
  const cpuMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 };
  while (cpuMs() < 200);
  console.log(cpuMs());
  for await (const line of console) console.log(cpuMs());`;
/** Starts the burner as its child and speaks for it. */
const parentOfBurner = `
  Bun.spawn([process.execPath, "-e", ${JSON.stringify(burner)}], { stdio: ["inherit", "inherit", "inherit"] });
  setInterval(() => {}, 1e6);`;
/** Steps of 10 ms for user and for system time, of each of two processes: where the system counts in them. */
const roundingMs = 40;

function start(script: string) {
  const child = Bun.spawn([process.execPath, "-e", script], { stdin: "pipe", stdout: "pipe" });
  const reader = child.stdout.getReader();
  const nextNumber = async () => Number(new TextDecoder().decode((await reader.read()).value));
  return { child, nextNumber };
}

test.skipIf(process.platform !== "linux")("agrees with what a process knows of itself", async () => {
  const { child, nextNumber } = start(burner);
  const beforeMs = await nextNumber();
  const measuredMs = treeCpuMs(child.pid);
  const threadsMs = [...threadCpuMs(child.pid).values()].reduce((sum, ms) => sum + ms, 0);
  const bytes = residentBytes(child.pid);
  child.stdin.write("again\n");
  const afterMs = await nextNumber();
  child.kill();
  await child.exited;
  expect(measuredMs).toBeGreaterThanOrEqual(beforeMs);
  expect(measuredMs).toBeLessThanOrEqual(afterMs);
  // The busiest thread is in the sum; each of the others may lose two steps.
  expect(threadsMs).toBeGreaterThan(beforeMs / 2);
  expect(threadsMs).toBeLessThanOrEqual(afterMs + roundingMs);
  expect(bytes).toBeGreaterThan(5e6);
  expect(residentBytes(child.pid)).toBe(0);
});

test.skipIf(process.platform !== "linux")("counts the children, also those that have ended", async () => {
  const { child, nextNumber } = start(parentOfBurner);
  const burnedMs = await nextNumber();
  const [parent, burnerPid = 0, ...others] = processTree(child.pid);
  expect({ parent, others }).toEqual({ parent: child.pid, others: [] });
  expect(treeCpuMs(child.pid) - treeCpuMs(burnerPid)).toBeGreaterThanOrEqual(0);
  expect(treeCpuMs(child.pid)).toBeGreaterThanOrEqual(burnedMs - roundingMs);
  process.kill(burnerPid, "SIGKILL");
  while (processTree(child.pid).length > 1) await Bun.sleep(5);
  expect(treeCpuMs(child.pid)).toBeGreaterThanOrEqual(burnedMs - roundingMs);
  child.kill();
  await child.exited;
  expect(processTree(child.pid)).toEqual([]);
});

test("reads a line of /proc/<pid>/stat, whatever the program is called", () => {
  const line =
    "4242 (a) R (1 2) S 17 4242 4242 0 -1 4194560 106 0 0 0 12 34 5 6 20 0 1 0 103 2576384 190 18446744073709551615";
  expect(parseStat(line)).toEqual({ parentPid: 17, ownCpuMs: 460, endedCpuMs: 110 });
  expect(() => parseStat("4242 (short) S 17")).toThrow("expected /proc/<pid>/stat");
});
