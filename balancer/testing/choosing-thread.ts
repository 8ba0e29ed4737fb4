import { systemClockFrom, zeroEpochMs } from "../cluster/clock.ts";
import { Group } from "../cluster/group.ts";
import { targetMemory, viewGroupMemory } from "../cluster/group-memory.ts";
import { seededRandom } from "../cluster/random.ts";
import { Target } from "../cluster/target.ts";
import { defaultPolicyConfigs } from "../policy/options.ts";
import { createPolicy } from "../policy/registry.ts";

/** For tests: a thread that begins and ends attempts at a shared group as fast as it can, by turns. */
declare const self: Worker;

export interface ChoosingTask {
  readonly buffer: SharedArrayBuffer;
  readonly targetCount: number;
  readonly threadCount: number;
  readonly thread: number;
  readonly attempts: number;
  /** The starting thread's, see `zeroEpochMs`. */
  readonly zeroEpochMs: number;
}

export interface ChoosingResult {
  /** This thread's clock, counted as the starting one counts. */
  readonly nowMs: number;
  /** How often each target was chosen in this thread. */
  readonly chosen: readonly number[];
}

self.addEventListener("message", ({ data }: MessageEvent<ChoosingTask>) => {
  const { buffer, targetCount, threadCount, thread, attempts } = data;
  const clock = systemClockFrom(zeroEpochMs() - data.zeroEpochMs);
  const nowMs = clock.now();
  const memory = viewGroupMemory(buffer, targetCount, threadCount, thread);
  const targets = Array.from(
    { length: targetCount },
    (_, index) => new Target(`t${index}`, "http://t", 1, undefined, 1000, targetMemory(memory, index)),
  );
  const context = { clock, random: seededRandom(thread), targets, probe: () => {} };
  const policy = createPolicy(defaultPolicyConfigs["round-robin"], context);
  const group = new Group("g", targets, policy, clock, memory);
  const chosen = targets.map(() => 0);
  for (let i = 0; i < attempts; i++) {
    const attempt = group.begin();
    if (attempt === undefined) throw new Error("no target");
    const index = targets.indexOf(attempt.target);
    chosen[index] = (chosen[index] ?? 0) + 1;
    attempt.end({ kind: "answered", status: i % 2 === 0 ? 200 : 500, firstByteMs: 1, completeMs: 1 });
  }
  self.postMessage({ nowMs, chosen } satisfies ChoosingResult);
});
