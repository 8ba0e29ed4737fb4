import { fail, type Result, succeed } from "../result.ts";

const longestQuote = 40;

/** Reads a whole number from 0 to 2^53−1, written in decimal digits alone; leading zeros are allowed. */
export function parseWholeNumber(text: string): Result<number> {
  const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? succeed(value) : fail(noWholeNumber(text));
}

/** What to say, on one line, to someone who gave `text` for such a number; a long text is quoted in part. */
export function noWholeNumber(text: string): string {
  const quoted = text.length > longestQuote ? `${text.slice(0, longestQuote)}...` : text;
  return `found ${JSON.stringify(quoted)}, expected a whole number from 0 to 9007199254740991 (2^53-1)`;
}
