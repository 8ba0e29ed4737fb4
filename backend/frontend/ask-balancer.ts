/** What came of asking for one number; `n` in decimal digits, as it may be above 2^53−1. */
export type Verdict =
  | {
      readonly kind: "prime" | "composite";
      readonly n: string;
      /** Who answered, where the balancer tells: its `exposeTarget`. */
      readonly target: string | undefined;
    }
  | { readonly kind: "failed"; readonly n: string; readonly reason: string };

/** Numbers on one page. */
export const pageSize = 100;

/**
 * Asks for `first` and the 99 numbers after it, all at once, at `balancer`, a URL without a slash at its end. Always comes to 100
 * verdicts, in order, after `timeLimitMs` at the latest. Numbers above 2^53−1 are asked like all others: it is for the
 * backends to refuse them. `signal`: nobody waits for it any more.
 */
export async function askForPage(
  balancer: string,
  first: number,
  signal: AbortSignal,
  timeLimitMs = 10_000,
): Promise<Verdict[]> {
  const numbers = Array.from({ length: pageSize }, (_, offset) => String(BigInt(first) + BigInt(offset)));
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeLimitMs)]);
  return await Promise.all(numbers.map((n) => ask(balancer, n, limit)));
}

/** Once more when there was no answer: asking is safe to repeat, and a connection may break that was kept for long. */
async function ask(balancer: string, n: string, signal: AbortSignal): Promise<Verdict> {
  try {
    return await askOnce(balancer, n, signal);
  } catch (error) {
    if (signal.aborted) return { kind: "failed", n, reason: whyUnanswered(error) };
  }
  try {
    return await askOnce(balancer, n, signal);
  } catch (error) {
    return { kind: "failed", n, reason: whyUnanswered(error) };
  }
}

async function askOnce(balancer: string, n: string, signal: AbortSignal): Promise<Verdict> {
  const response = await fetch(`${balancer}/${n}`, { signal, redirect: "manual" });
  const text = (await response.text()).trim();
  const target = response.headers.get("x-ballast-target") ?? undefined;
  if (response.status === 200 && text === "True") return { kind: "prime", n, target };
  if (response.status === 200 && text === "False") return { kind: "composite", n, target };
  return { kind: "failed", n, reason: `found ${response.status} ${quote(text)}, expected 200 True or False` };
}

/** Fetch rejects with the system's reason. */
function whyUnanswered(error: unknown): string {
  if (error instanceof DOMException && error.name === "TimeoutError") return "no answer in time";
  return error instanceof Error ? error.message : String(error);
}

function quote(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text);
}
