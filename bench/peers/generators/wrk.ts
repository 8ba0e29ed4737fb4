import { join } from "node:path";
import { z } from "zod";
import type { Load } from "./load.ts";
import { runForSummary, wholeSeconds } from "./tool.ts";

const summarySchema = z.object({
  requests: z.number(),
  durationUs: z.number(),
  refused: z.number(),
  failed: z.number(),
  p50Us: z.number(),
  p99Us: z.number(),
});

/** wrk, which needs less CPU for a request than the own generator, so that it can keep a proxy's core full. */
export function wrkClosedLoop(connections: number, path: string): Load {
  return {
    description: `closed loop of ${connections} keep-alive connections, by wrk`,
    async run(url, durationMs, signal) {
      const script = join(import.meta.dir, "wrk.lua");
      const options = ["-t1", `-c${connections}`, `-d${wholeSeconds(durationMs)}s`, "-s", script];
      const command = ["wrk", ...options, new URL(path, url).href];
      const summary = await runForSummary(command, signal, summarySchema);
      return {
        answered: summary.requests,
        bad: summary.refused + summary.failed,
        wallMs: summary.durationUs / 1000,
        latency: { p50Us: summary.p50Us, p99Us: summary.p99Us },
      };
    },
  };
}
