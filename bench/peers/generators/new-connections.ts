import { join } from "node:path";
import { z } from "zod";
import type { LoadPlanInput } from "../../load/plan.ts";
import type { Load } from "./load.ts";
import { runForSummary } from "./tool.ts";

const program = join(import.meta.dir, "new-connections-process.ts");

/** Far more than are open at once at any rate that a proxy can stand. */
const maxConnections = 2048;

const sampleSchema = z.object({
  answered: z.number(),
  bad: z.number(),
  wallMs: z.number(),
  latency: z.object({ p50Us: z.number(), p99Us: z.number() }),
});

/**
 * An open loop in which every request has a connection of its own, by the own generator in a process of its own: the timers of
 * one process go off together, once a millisecond, so that loads which run at the same time would send in step.
 */
export function newConnections(ratePerSecond: number): Load {
  let seed = 0;
  return {
    description: `open loop, ${ratePerSecond} new connections a second, each with one request, by the own generator`,
    async run(url, durationMs, signal) {
      const shape = { kind: "open", ratePerSecond, durationMs, maxConnections } as const;
      const plan: LoadPlanInput = { url, shape, seed: ++seed };
      return await runForSummary([process.execPath, program, JSON.stringify(plan)], signal, sampleSchema);
    },
  };
}
