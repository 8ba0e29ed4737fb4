import type { HashConfig } from "../../policy/options.ts";
import { cookieOf } from "../message/cookie.ts";
import type { FieldLookup } from "../message/fields.ts";

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
