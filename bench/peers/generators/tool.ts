/** What ends this process from a terminal ends a tool too, and may be known of that first. */
const signalGraceMs = 100;

/** Runs a load generator to its end; what it printed. Rejects when aborted, and when a signal has ended it. */
export async function runTool(command: readonly string[], signal: AbortSignal): Promise<string> {
  const child = Bun.spawn([...command], { stdout: "pipe", stderr: "pipe", signal });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  if (child.signalCode !== null && !signal.aborted) await Bun.sleep(signalGraceMs);
  signal.throwIfAborted();
  if (child.signalCode !== null) throw new Error(`${command.join(" ")} was ended by ${child.signalCode}`);
  return `${out}${err}`;
}

/** wrk and h2load measure whole seconds. */
export function wholeSeconds(durationMs: number): number {
  return Math.max(1, Math.round(durationMs / 1000));
}
