import type { ResponseHead } from "./response-head.ts";

let formattedSecond = Number.NaN;
let formatted = "";

/** The present time as `Date` has it (RFC 9110 §5.6.7), put together once a second. */
export function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== formattedSecond) {
    formattedSecond = second;
    formatted = new Date(second * 1000).toUTCString();
  }
  return formatted;
}

/** What whoever forwards an answer has to add that came without `Date` (RFC 9110 §6.6.1); undefined for others. */
export function missingDate({ hasDate }: ResponseHead): string | undefined {
  return hasDate ? undefined : httpDate();
}
