import type { HashConfig } from "../policy/options.ts";

/** A request's header fields; `Headers` is one. */
export interface FieldLookup {
  /** The value of a field, several lines of it joined; null when there is none. */
  get(lowerCaseName: string): string | null;
}

/** What a hashing policy hashes of a request; undefined when the policy hashes nothing. */
export function hashKeyOf(
  on: HashConfig["on"] | undefined,
  client: string,
  fields: FieldLookup,
): string | undefined {
  if (on === undefined) return undefined;
  if (on.kind === "ip") return client;
  if (on.kind === "header") return fields.get(on.name) ?? undefined;
  return cookieOf(fields.get("cookie") ?? "", on.name);
}

/** The value of the first cookie of that name (RFC 6265 §4.2). */
export function cookieOf(cookies: string, name: string): string | undefined {
  for (const pair of cookies.split(";")) {
    const equals = pair.indexOf("=");
    if (pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}
