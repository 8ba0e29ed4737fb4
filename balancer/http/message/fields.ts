/** Names and values of header fields (RFC 9110 §5), and which of them end at this hop. */

/** A request's header fields; `Headers` is one. */
export interface FieldLookup {
  /** The value of a field, several lines of it joined; null when there is none. */
  get(lowerCaseName: string): string | null;
}

/** A token (RFC 9110 §5.6.2): field names, methods, connection options. */
export const tokenPattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** What a field value may hold (RFC 9110 §5.5): no control character but the tab. */
export const fieldValuePattern = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Fields that speak of one connection, never forwarded (RFC 9110 §7.6.1, with the proxy fields of
 * §11.7 and the old names). `trailer` is among them: the wire edge alone passes trailers,
 * and lets it through itself.
 */
const hopByHop = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Fields without which a message loses its meaning or its end: `Connection` can't take them out. */
const indispensable = new Set(["content-length", "host"]);

/** Fields that only this balancer may say anything by; those that end at this hop besides. */
const ownFields = new Set([
  ...hopByHop,
  ...indispensable,
  "expect",
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
]);

/**
 * Whether the name is that of such a field but for underscores, which CGI and all that came of it take for hyphens:
 * a target of that kind would see what a client must not say.
 */
export function isDisguised(lowerCaseName: string): boolean {
  return lowerCaseName.includes("_") && ownFields.has(lowerCaseName.replaceAll("_", "-"));
}

/** Whether the field ends here; `connection` is the value of the message's `Connection`, if any. */
export function endsAtThisHop(lowerCaseName: string, connection: string | undefined): boolean {
  if (hopByHop.has(lowerCaseName)) return true;
  return (
    connection !== undefined && isNamedIn(connection, lowerCaseName) && !indispensable.has(lowerCaseName)
  );
}

/** Whether a comma-separated list holds the token, in whatever case. */
export function isNamedIn(list: string, lowerCaseToken: string): boolean {
  const lower = list.toLowerCase();
  // Most lists are the one word "keep-alive" or "close".
  if (lower === lowerCaseToken) return true;
  if (!lower.includes(lowerCaseToken)) return false;
  return lower.split(",").some((option) => option.trim() === lowerCaseToken);
}
