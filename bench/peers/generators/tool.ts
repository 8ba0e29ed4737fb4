/** What ends this process from a terminal ends a tool too, and may be known of that first. */
const signalGraceMs = 100;

/** Runs a load generator to its end; what it printed. Rejects when aborted, and when a signal has ended it. */
export async function runTool(command: readonly string[], signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const child = Bun.spawn([...command], { stdout: "pipe", stderr: "pipe", signal });
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    // Of a child that the signal ends, Bun now and then does not tell that its output is over.
    const [out, err] = await Promise.race([
      Promise.all([child.stdout.text(), child.stderr.text(), child.exited]),
      aborted,
    ]);
    if (child.signalCode !== null) {
      await Promise.race([Bun.sleep(signalGraceMs), aborted]);
      throw new Error(`${command.join(" ")} was ended by ${child.signalCode}`);
    }
    return `${out}${err}`;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** wrk and h2load measure whole seconds. */
export function wholeSeconds(durationMs: number): number {
  return Math.max(1, Math.round(durationMs / 1000));
}
