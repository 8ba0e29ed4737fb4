import { describe, expect, test } from "bun:test";
import { modelledMachine } from "./modelled-machine.ts";
import type { Profile } from "./profile.ts";
import { seededRandom } from "./random.ts";
import { VirtualScheduler } from "./virtual-scheduler.ts";

const twoWorkers: Profile = { workers: 2, service: { distribution: "constant", meanMs: 10 } };
const oneWorker: Profile = { ...twoWorkers, workers: 1 };

function start(profile: Profile, seed = 1) {
  const scheduler = new VirtualScheduler();
  return { scheduler, machine: modelledMachine(profile, scheduler, seededRandom(seed)) };
}

const request = () => new Request("http://localhost/");

describe("modelledMachine", () => {
  test("answers when a worker has done the work", async () => {
    const { scheduler, machine } = start(oneWorker);
    const answeredAtMs: number[] = [];
    const answer = () => {
      answeredAtMs.push(scheduler.now());
      return new Response("done");
    };
    const first = machine.serve(request(), answer);
    const second = machine.serve(request(), answer);
    scheduler.runUntil(100);
    expect(await (await first).text()).toBe("done");
    await second;
    expect(answeredAtMs).toEqual([10, 20]);
  });

  test("a check waits like a request and takes a tenth of the mean", async () => {
    const { scheduler, machine } = start(oneWorker);
    const answeredAtMs: number[] = [];
    const answer = () => {
      answeredAtMs.push(scheduler.now());
      return new Response();
    };
    const checked = machine.check(request(), answer);
    scheduler.runUntil(1);
    machine.serve(request(), answer);
    machine.check(request(), answer);
    scheduler.runUntil(100);
    await checked;
    expect(answeredAtMs).toEqual([1, 11, 12]);
  });

  test("a client that leaves the queue frees its place and is settled", async () => {
    const { scheduler, machine } = start(oneWorker);
    const client = new AbortController();
    const answers: string[] = [];
    const answer = (name: string) => () => {
      answers.push(`${name}@${scheduler.now()}`);
      return new Response();
    };
    machine.serve(request(), answer("a"));
    const left = machine.serve(new Request("http://localhost/", { signal: client.signal }), answer("b"));
    machine.serve(request(), answer("c"));
    client.abort();
    scheduler.runUntil(100);
    expect((await left).status).toBe(499);
    expect(answers).toEqual(["a@10", "c@20"]);
  });

  test("an error in the answer is the caller's, and the queue goes on", async () => {
    const { scheduler, machine } = start(oneWorker);
    const broken = machine.serve(request(), () => {
      throw new Error("no answer");
    });
    const next = machine.serve(request(), () => new Response("next"));
    const outcome = Promise.allSettled([broken]);
    scheduler.runUntil(100);
    expect((await outcome)[0]).toMatchObject({ status: "rejected", reason: { message: "no answer" } });
    expect(await (await next).text()).toBe("next");
  });

  test("its CPU use is the share of busy workers since the last look", () => {
    const { scheduler, machine } = start(twoWorkers);
    expect(machine.cpuPercent()).toBe(0);
    machine.serve(request(), () => new Response());
    scheduler.runUntil(20);
    expect(machine.cpuPercent()).toBe(25);
    for (let i = 0; i < 4; i++) machine.serve(request(), () => new Response());
    scheduler.runUntil(30);
    expect(machine.cpuPercent()).toBe(100);
    scheduler.runUntil(50);
    expect(machine.cpuPercent()).toBe(50);
    scheduler.runUntil(60);
    expect(machine.cpuPercent()).toBe(0);
  });

  test.each<{ phase: number; noisyAtMs: number[] }>([
    { phase: 0, noisyAtMs: [0, 50, 1000, 1050] },
    { phase: 0.5, noisyAtMs: [500, 550, 1500, 1550] },
  ])("a neighbour slows work down at times, from the drawn phase $phase on", ({ phase, noisyAtMs }) => {
    const noisy = { ...oneWorker, noisyNeighbour: { everyMs: 1000, forMs: 100, slowdown: 3 } };
    const scheduler = new VirtualScheduler();
    const machine = modelledMachine(noisy, scheduler, () => phase);
    const slowAtMs: number[] = [];
    for (let atMs = 0; atMs < 2000; atMs += 50) {
      scheduler.runUntil(atMs);
      machine.serve(request(), () => {
        if (scheduler.now() === atMs + 30) slowAtMs.push(atMs);
        return new Response();
      });
    }
    scheduler.runUntil(3000);
    expect(slowAtMs).toEqual(noisyAtMs);
  });

  test("the same seed gives the same times", () => {
    const profile: Profile = { workers: 1, service: { distribution: "exponential", meanMs: 10 } };
    const endsMs = (seed: number) => {
      const { scheduler, machine } = start(profile, seed);
      const ends: number[] = [];
      for (let i = 0; i < 20; i++) {
        machine.serve(request(), () => {
          ends.push(scheduler.now());
          return new Response();
        });
      }
      scheduler.runUntil(10_000);
      return ends;
    };
    expect(endsMs(7)).toEqual(endsMs(7));
    expect(endsMs(7)).not.toEqual(endsMs(8));
  });
});
