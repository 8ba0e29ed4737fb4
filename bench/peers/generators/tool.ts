/** Runs a load generator to its end; what it printed. Rejects when aborted. */
export async function runTool(command: readonly string[], signal: AbortSignal): Promise<string> {
  const child = Bun.spawn([...command], { stdout: "pipe", stderr: "pipe", signal });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  signal.throwIfAborted();
  return `${out}${err}`;
}

/** wrk and h2load measure whole seconds. */
export function wholeSeconds(durationMs: number): number {
  return Math.max(1, Math.round(durationMs / 1000));
}
