import { join } from "node:path";
import { z } from "zod";
import { runLoad } from "../load/load.ts";
import { failureKinds } from "../load/result.ts";

/** What a closed loop of keep-alive connections came to. */
export interface Sample {
  /** Requests with an answer of any status. */
  readonly answered: number;
  /** Requests without an answer, or with another one than 200; for wrk, than below 400. */
  readonly bad: number;
  readonly wallMs: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

export interface Generator {
  readonly name: GeneratorName;
  run(url: string, connections: number, durationMs: number, signal: AbortSignal): Promise<Sample>;
}

export const generatorNames = ["ballast", "wrk"] as const;
export type GeneratorName = (typeof generatorNames)[number];

/** The benchmark's own generator, in this process. */
export const ownGenerator: Generator = {
  name: "ballast",
  async run(url, connections, durationMs, signal) {
    const shape = { kind: "closed", concurrency: connections, durationMs } as const;
    const { statuses, failures, latency, wallMs } = await runLoad({ url, shape }, { signal });
    const answered = Object.values(statuses).reduce((sum, times) => sum + times, 0);
    const unanswered = failureKinds.reduce((sum, kind) => sum + failures[kind], 0);
    const bad = answered - (statuses["200"] ?? 0) + unanswered;
    return { answered, bad, wallMs, p50Us: latency.p50Us, p99Us: latency.p99Us };
  },
};

const wrkSummary = z.object({
  requests: z.number(),
  durationUs: z.number(),
  refused: z.number(),
  failed: z.number(),
  p50Us: z.number(),
  p99Us: z.number(),
});

/** wrk, which needs less CPU for a request, so that the proxy gets nearer to its limit. It measures whole seconds. */
export const wrkGenerator: Generator = {
  name: "wrk",
  async run(url, connections, durationMs, signal) {
    const seconds = Math.max(1, Math.round(durationMs / 1000));
    const options = ["-t1", `-c${connections}`, `-d${seconds}s`, "-s", join(import.meta.dir, "wrk.lua")];
    const command = ["wrk", ...options, url];
    const child = Bun.spawn(command, { stdout: "pipe", stderr: "pipe", signal });
    const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
    await child.exited;
    signal.throwIfAborted();
    const line = out.split("\n").findLast((text) => text.startsWith("{"));
    if (line === undefined) throw new Error(`${command.join(" ")} printed no summary: ${out}${err}`);
    const summary = wrkSummary.parse(JSON.parse(line));
    return {
      answered: summary.requests,
      bad: summary.refused + summary.failed,
      wallMs: summary.durationUs / 1000,
      p50Us: summary.p50Us,
      p99Us: summary.p99Us,
    };
  },
};
