import type { axios } from "acme-client";

type Adapter = Extract<NonNullable<typeof axios.defaults.adapter>, (...args: never) => unknown>;

const timeoutMs = 30_000;

/** The authority does not want to be asked now. */
export class AskedToWait extends Error {
  constructor(
    message: string,
    /** 0 when it does not say for how long. */
    readonly delayMs: number,
  ) {
    super(message);
  }
}

/**
 * How acme-client asks an authority, in place of its own way: that has no timeout, takes no authorities of one's own, waits
 * for as long as a `Retry-After` says without a word, and makes a TypeError of every connection that fails. `ca`: PEM of
 * those whom the authority's own certificate is trusted by; the system's when left out.
 */
export function requestsTrusting(ca: string | undefined): Adapter {
  return async (config) => {
    const { url = "", method, data, headers } = config;
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        method: (method ?? "get").toUpperCase(),
        headers: Object.entries(headers.toJSON()).map(([name, value]): [string, string] => [
          name,
          String(value),
        ]),
        body: (data as string | undefined) ?? null,
        signal: AbortSignal.timeout(timeoutMs),
        ...(ca !== undefined && { tls: { ca } }),
      });
      text = await response.text();
    } catch (error) {
      throw new Error(`${url}: ${(error as Error).message}`);
    }
    const { status, statusText } = response;
    if (status === 429 || status >= 500)
      throw new AskedToWait(
        `${url}: ${detailOf(text) ?? `status ${status}`}`,
        retryAfterMs(response.headers),
      );
    return { status, statusText, headers: Object.fromEntries(response.headers), data: text, config };
  };
}

/** What a problem document (RFC 7807) says. */
function detailOf(text: string): string | undefined {
  try {
    const { detail } = JSON.parse(text) as { detail?: unknown };
    return typeof detail === "string" ? detail : undefined;
  } catch {
    // A page for people, of something in front of the authority.
    return undefined;
  }
}

function retryAfterMs(headers: Headers): number {
  const value = headers.get("retry-after") ?? "";
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}
