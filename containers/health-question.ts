/**
 * What `--health URL` of both programs does, so that an image needs no other program to check itself: asks once, and gives
 * the exit code, 0 for an answer with 2xx and 1 for any other or for none within `timeLimitMs`; then `complain` hears why in
 * one line.
 */
export async function answerHealth(
  url: URL,
  complain: (line: string) => void,
  timeLimitMs = 3000,
): Promise<0 | 1> {
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(timeLimitMs) });
    await response.body?.cancel();
    if (response.ok) return 0;
    complain(`${url}: found status ${response.status}, expected 2xx`);
  } catch (error) {
    complain(
      `${url}: found no answer, expected 2xx: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return 1;
}

/** The URL of `--health`; undefined for what is none with http or https. */
export function parseHealthUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url : undefined;
}
