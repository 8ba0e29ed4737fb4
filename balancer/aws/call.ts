/** Within one call of the SDK, its own pauses included. */
const callTimeoutMs = 15_000;

/** What every client is made with: a throttled or failed call is tried twice more, after growing pauses. */
export const clientDefaults = { maxAttempts: 3, retryMode: "standard" } as const;

/** Ends a call in bounded time, or when `signal` is aborted. */
export function callLimit(signal: AbortSignal): { readonly abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.any([signal, AbortSignal.timeout(callTimeoutMs)]) };
}

/** What went wrong in a call, in a line for people. */
export function awsFault(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = error.name === "Error" ? "" : `${error.name}: `;
  return `${name}${error.message}`.replaceAll(/\s+/g, " ").trim();
}
