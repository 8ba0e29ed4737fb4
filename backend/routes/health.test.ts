import { afterEach, describe, expect, test } from "bun:test";
import type { Machine, Work } from "../machine/machine.ts";
import { modelledMachine } from "../machine/modelled-machine.ts";
import { realMachine } from "../machine/real-machine.ts";
import { VirtualScheduler } from "../machine/virtual-scheduler.ts";
import type { Backend } from "../server.ts";
import { startTestBackend } from "../test-backend.ts";

let backend: Backend | undefined;
afterEach(async () => await backend?.stop());

/** One worker that takes 10 ms a request, on a virtual clock, with a note of all that came and was answered. */
function observedMachine() {
  const scheduler = new VirtualScheduler();
  const profile = { workers: 1, service: { distribution: "constant", meanMs: 10 } } as const;
  const model = modelledMachine(profile, scheduler, () => 0);
  const statuses: number[] = [];
  const seen = { arrived: 0, statuses };
  const observe =
    (work: Work): Work =>
    async (request, answer) => {
      seen.arrived++;
      const response = await work(request, answer);
      statuses.push(response.status);
      return response;
    };
  const machine: Machine = { ...model, serve: observe(model.serve), check: observe(model.check) };
  return { scheduler, machine, seen };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe("/health", () => {
  test("says ok, and that nothing else is in flight", async () => {
    backend = startTestBackend();
    const response = await fetch(`${backend.origin}/health`);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-ballast-load")).toBe("inflight=0");
    expect(await response.text()).toBe("ok");
  });

  test("waits behind the requests that came before, and counts those that came after", async () => {
    const { scheduler, machine, seen } = observedMachine();
    backend = startTestBackend(machine);
    const { origin } = backend;
    const before = fetch(`${origin}/`);
    await until(() => seen.arrived === 1);
    const check = fetch(`${origin}/health`);
    await until(() => seen.arrived === 2);
    const after = [fetch(`${origin}/`), fetch(`${origin}/7`)];
    await until(() => seen.arrived === 4);
    scheduler.runUntil(10);
    expect((await before).status).toBe(200);
    scheduler.runUntil(10.9);
    await until(() => seen.statuses.length === 1);
    scheduler.runUntil(11);
    expect((await check).headers.get("x-ballast-load")).toBe("inflight=2");
    scheduler.runUntil(31);
    const [greeted, prime] = await Promise.all(after);
    expect(greeted?.status).toBe(200);
    expect(await prime?.text()).toBe("True");
  });

  test("a client that leaves the queue frees its place", async () => {
    const { scheduler, machine, seen } = observedMachine();
    backend = startTestBackend(machine);
    const { origin } = backend;
    const first = fetch(`${origin}/`);
    await until(() => seen.arrived === 1);
    const client = new AbortController();
    const second = fetch(`${origin}/`, { signal: client.signal });
    const gone = Promise.allSettled([second]);
    await until(() => seen.arrived === 2);
    const third = fetch(`${origin}/`);
    await until(() => seen.arrived === 3);
    client.abort();
    await gone;
    await until(() => seen.statuses.includes(499));
    scheduler.runUntil(20);
    expect([(await first).status, (await third).status]).toEqual([200, 200]);
  });
});

describe("/load", () => {
  test("is a bare number of percent with two decimals", async () => {
    backend = startTestBackend();
    const response = await fetch(`${backend.origin}/load`);
    expect(response.headers.get("content-type")).toStartWith("text/plain");
    const text = await response.text();
    expect(text).toMatch(/^\d{1,3}\.\d\d$/);
    expect(Number(text)).toBeWithin(0, 100.01);
  });

  test("is the share of busy workers on a modelled machine, told without waiting", async () => {
    const { scheduler, machine, seen } = observedMachine();
    backend = startTestBackend(machine);
    const { origin } = backend;
    const request = fetch(`${origin}/`);
    await until(() => seen.arrived === 1);
    scheduler.runUntil(5);
    expect(await (await fetch(`${origin}/load`)).text()).toBe("100.00");
    scheduler.runUntil(20);
    expect(await (await fetch(`${origin}/load`)).text()).toBe("33.33");
    await request;
  });

  test("says so where the system does not tell", async () => {
    backend = startTestBackend({ ...realMachine(), cpuPercent: () => undefined });
    const response = await fetch(`${backend.origin}/load`);
    expect(response.status).toBe(501);
    expect(await response.text()).toContain("/proc/stat");
  });
});
