import { readFileSync } from "node:fs";
import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { type Fault, type FieldPath, faultsOf, formatPath, valueAt } from "./fault.ts";
import { knownKeysAt } from "./known-keys.ts";
import { mostLevels, tooDeepAt } from "./nesting.ts";
import { referenceFaults } from "./references.ts";
import { type Config, configSchema } from "./schema.ts";

/** More at once tell nobody anything; to find the place of each takes time. */
const mostFaults = 100;

export type LoadResult =
  /** `source`: the JSON that it was read from. */
  | { readonly ok: true; readonly config: Config; readonly source: unknown }
  /** Every fault on a line of its own: file, line and column, field, found, expected. */
  | { readonly ok: false; readonly faults: readonly string[] };

/** Reads and checks a config file; finds every fault at once. */
export function loadConfig(file: string): LoadResult {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return { ok: false, faults: [`${file}: can't be read: ${(error as Error).message}`] };
  }
  return parseConfig(text, file);
}

/** {@link loadConfig} for a text that was read already; `file` is its name in the faults. */
export function parseConfig(text: string, file: string): LoadResult {
  const tooDeep = tooDeepAt(text);
  if (tooDeep !== undefined) {
    const where = position(text, tooDeep);
    return {
      ok: false,
      faults: [`${file}:${where}: found more than ${mostLevels} levels of brackets, expected fewer`],
    };
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true });
  if (tree === undefined || errors.length > 0) {
    return { ok: false, faults: syntaxFaults(text, file, errors) };
  }
  const root: unknown = JSON.parse(text);
  const parsed = configSchema.safeParse(root, { reportInput: false });
  const faults = [
    ...duplicateKeyFaults(tree),
    ...(parsed.success ? [] : faultsOf(parsed.error.issues, root, (path) => knownKeysAt(root, path))),
    ...referenceFaults(root),
  ];
  if (parsed.success && faults.length === 0) return { ok: true, config: parsed.data, source: root };
  const lines = faults.slice(0, mostFaults).map((fault) => {
    const where = position(text, offsetOf(tree, root, fault.path));
    return `${file}:${where}: ${formatPath(fault.path)}: found ${fault.found}, expected ${fault.expected}`;
  });
  return { ok: false, faults: [...lines, ...uncounted(file, faults.length)] };
}

/** A last line for the faults that have none. */
function uncounted(file: string, count: number): string[] {
  return count > mostFaults ? [`${file}: and ${count - mostFaults} more`] : [];
}

function syntaxFaults(text: string, file: string, errors: readonly ParseError[]): string[] {
  if (errors.length === 0) return [`${file}: found nothing, expected a JSON object`];
  const lines = errors.slice(0, mostFaults).map(({ error, offset, length }) => {
    const found = text.slice(offset, offset + Math.max(length, 1)) || "the end of the file";
    return `${file}:${position(text, offset)}: no JSON: found ${JSON.stringify(found)}: ${syntaxReason(error)}`;
  });
  return [...lines, ...uncounted(file, errors.length)];
}

/** `CloseBraceExpected` → `close brace expected`. */
const syntaxReason = (error: ParseError["error"]) =>
  printParseErrorCode(error)
    .replaceAll(/(?<=[a-z])([A-Z])/g, " $1")
    .toLowerCase();

/** The offset of the node at `path`, or of the nearest one above it. */
function offsetOf(tree: Node, root: unknown, path: FieldPath): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const prefix = path.slice(0, depth);
    const node = valueAt(root, prefix) === undefined ? undefined : findNodeAtLocation(tree, [...prefix]);
    // Of a property the key is the place a person looks for.
    if (node !== undefined) return node.parent?.type === "property" ? node.parent.offset : node.offset;
  }
  return 0;
}

/** `line:column`, both from 1. */
function position(text: string, offset: number): string {
  const before = text.slice(0, offset);
  return `${before.split("\n").length}:${offset - before.lastIndexOf("\n")}`;
}

/** JSON lets the last of two equal keys win in silence; in a config that is a mistake. */
function duplicateKeyFaults(node: Node, path: FieldPath = []): Fault[] {
  if (node.type === "array") {
    return (node.children ?? []).flatMap((child, index) => duplicateKeyFaults(child, [...path, index]));
  }
  if (node.type !== "object") return [];
  const seen = new Set<string>();
  return (node.children ?? []).flatMap(({ children: [keyNode, valueNode] = [] }) => {
    const key = String(keyNode?.value);
    const here = [...path, key];
    const twice = seen.has(key) ? [{ path: here, found: "the key a second time", expected: "it once" }] : [];
    seen.add(key);
    return valueNode === undefined ? twice : [...twice, ...duplicateKeyFaults(valueNode, here)];
  });
}
