/**
 * For tests: waits until `condition` gives something other than undefined or false, and returns it.
 * Throws, naming `what`, when that takes longer than `timeoutMs`.
 */
export async function until<Value>(
  what: string,
  condition: () => Value | undefined | false | Promise<Value | undefined | false>,
  timeoutMs = 5000,
): Promise<Value> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadlineMs) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await Bun.sleep(1);
  }
}
