import { z } from "zod";
import type { FileDiscoveryConfig } from "../../config/discovery-schema.ts";
import { describeValue, faultsOf, formatPath } from "../../config/fault.ts";
import { protocolOf } from "../../config/protocol-rules.ts";
import type { TargetConfig } from "../../config/schema.ts";
import { targetSchema } from "../../config/target-schema.ts";
import type { LookupResult } from "../lookup.ts";

/** JSON, and not a line that begins with an IPv6 address. */
const jsonStart = /^\s*(\{|\[\s*["{[\]])/;

const listSchema = z.array(
  z.preprocess((item) => (typeof item === "string" ? { url: item } : item), targetSchema),
);

const targetKeys = Object.keys(targetSchema.in.shape);

/**
 * Reads a JSON list of targets, or one address a line with blank lines and `#` comments between. An address without
 * scheme has `scheme`. One fault spoils the whole list: it begins with the place in the file.
 */
export function parseTargetList(text: string, scheme: FileDiscoveryConfig["scheme"]): LookupResult {
  const parsed = jsonStart.test(text) ? parseJson(text, scheme) : parseLines(text, scheme);
  if (typeof parsed === "string") return { kind: "failed", fault: parsed };
  const fault = listFault(parsed, scheme);
  return fault === undefined
    ? { kind: "found", targets: parsed, faults: [] }
    : { kind: "failed", fault: `: ${fault}` };
}

/** A text is the fault. */
function parseJson(text: string, scheme: string): TargetConfig[] | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return `: no JSON: ${(error as Error).message}`;
  }
  const root = Array.isArray(json) ? json.map((item) => withScheme(item, scheme)) : json;
  const parsed = listSchema.safeParse(root);
  if (parsed.success) return parsed.data;
  const [fault] = faultsOf(parsed.error.issues, root, () => targetKeys);
  if (fault === undefined) throw new Error("zod refused a list and named no issue");
  return `: ${formatPath(fault.path)}: found ${fault.found}, expected ${fault.expected}`;
}

function parseLines(text: string, scheme: string): TargetConfig[] | string {
  const targets: TargetConfig[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const address = line.replace(/#.*/, "").trim();
    if (address === "") continue;
    const parsed = targetSchema.safeParse({ url: withScheme(address, scheme) });
    if (!parsed.success) {
      const expected = parsed.error.issues[0]?.message;
      return `:${index + 1}: found ${describeValue(address)}, expected ${expected}`;
    }
    targets.push(parsed.data);
  }
  return targets;
}

/** An address, or a target's `url`, that may have been written without its scheme. */
function withScheme(item: unknown, scheme: string): unknown {
  if (typeof item === "string") return item.includes("://") ? item : `${scheme}://${item}`;
  if (typeof item !== "object" || item === null || !("url" in item)) return item;
  return { ...item, url: withScheme(item.url, scheme) };
}

function listFault(targets: readonly TargetConfig[], scheme: string): string | undefined {
  const protocol = protocolOf(`${scheme}:`);
  const odd = targets.find(({ url }) => protocolOf(url) !== protocol);
  if (odd !== undefined) return `found ${odd.url}, expected ${protocol} targets as \`scheme\` says`;
  const ids = targets.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  return twice === undefined ? undefined : `found ${describeValue(twice)} twice, expected each id once`;
}
