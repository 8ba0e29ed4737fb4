const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Exit code of a program that a signal ended early, as shells count it for SIGINT. */
const interruptedExitCode = 130;

/** What the signal's reason is when the user, or the system, asked to stop. */
export const interrupted = Symbol("interrupted");

/**
 * Runs `task` with a signal that is aborted by the first SIGINT, SIGTERM or SIGHUP, so that it can clean up;
 * resolves to 130 when it then ends with {@link interrupted}.
 */
export async function interruptible(task: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  const abort = () => controller.abort(interrupted);
  for (const name of signals) process.on(name, abort);
  try {
    return await task(controller.signal);
  } catch (error) {
    if (error === interrupted) return interruptedExitCode;
    throw error;
  } finally {
    for (const name of signals) process.off(name, abort);
  }
}
