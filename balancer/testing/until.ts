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

/**
 * For tests: waits until `read` gives the same number so many times more, as where what is sent is held up; returns it. `NaN` is
 * never the same.
 */
export function untilSteady(what: string, read: () => number, steadyLooks = 20): Promise<number> {
  let [last, looks] = [Number.NaN, 0];
  return until(what, () => {
    const value = read();
    looks = value === last ? looks + 1 : 0;
    last = value;
    return looks >= steadyLooks ? value : undefined;
  });
}
