import type { z } from "zod";
import { orAborted } from "../../or-aborted.ts";
import { pause } from "../../pause.ts";

/** What ends this process from a terminal ends a tool too, and may be known of that first. */
const signalGraceMs = 100;

/** Runs a load generator to its end; what it printed. Rejects when aborted, and when a signal has ended it. */
export async function runTool(command: readonly string[], signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const child = Bun.spawn([...command], { stdout: "pipe", stderr: "pipe", signal });
  // Of a child that the signal ends, Bun now and then does not tell that its output is over.
  const ended = Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  const [out, err] = await orAborted(ended, signal);
  if (child.signalCode !== null) {
    await pause(signalGraceMs, signal);
    signal.throwIfAborted();
    throw new Error(`${command.join(" ")} was ended by ${child.signalCode}`);
  }
  return `${out}${err}`;
}

/** As {@link runTool}, for one that prints a summary as a line of JSON. Rejects where it is missing, or is another. */
export async function runForSummary<T>(
  command: readonly string[],
  signal: AbortSignal,
  schema: z.ZodType<T>,
): Promise<T> {
  const printed = await runTool(command, signal);
  const line = printed.split("\n").findLast((text) => text.startsWith("{"));
  if (line === undefined) throw new Error(`${command.join(" ")} printed no summary: ${printed}`);
  return schema.parse(JSON.parse(line));
}

/** wrk and h2load measure whole seconds. */
export function wholeSeconds(durationMs: number): number {
  return Math.max(1, Math.round(durationMs / 1000));
}
