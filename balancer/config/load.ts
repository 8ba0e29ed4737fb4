import { findNodeAtLocation, type Node, type ParseError, parseTree } from "jsonc-parser";
import { positionAt, readConfigText } from "./config-text.ts";
import { type Fault, type FieldPath, faultsOf, formatPath, pathIn, valueAt } from "./fault.ts";
import { knownKeysAt } from "./known-keys.ts";
import { mostLevels, tooDeepAt } from "./nesting.ts";
import { referenceFaults } from "./references.ts";
import { type Config, configSchema } from "./schema.ts";
import { syntaxFaults } from "./syntax-faults.ts";

/** More at once tell nobody anything; to find the place of each takes time. */
const mostFaults = 100;

/** A fault, and where it is. */
export interface LocatedFault {
  /** The config's. */
  readonly file: string;
  /** From 1, as `column`; undefined where there is no text to point at. */
  readonly line?: number;
  readonly column?: number;
  /** Such as `groups.web.targets[1].url`; undefined for what is no field's fault. */
  readonly field?: string;
  readonly found: string;
  readonly expected: string;
}

export type CheckResult =
  | {
      readonly ok: true;
      readonly config: Config;
      /** The JSON that it was read from. */
      readonly source: unknown;
      /** Gives faults that were found outside of the text their place in it. */
      readonly locate: (faults: readonly Fault[]) => LocatedFault[];
    }
  | {
      readonly ok: false;
      readonly faults: readonly LocatedFault[];
      /** Faults beside these, of which too many were found. */
      readonly more: number;
    };

export type LoadResult =
  /** `source`: the JSON that it was read from. */
  | { readonly ok: true; readonly config: Config; readonly source: unknown }
  /** Every fault on a line of its own: file, line and column, field, found, expected. */
  | { readonly ok: false; readonly faults: readonly string[] };

/** Reads and checks a config file; finds every fault at once. */
export function loadConfig(file: string): LoadResult {
  return inLines(checkConfig(file), file);
}

/** {@link loadConfig} for a text that was read already; `file` is its name in the faults. */
export function parseConfig(text: string, file: string): LoadResult {
  return inLines(checkText(text, file), file);
}

function inLines(checked: CheckResult, file: string): LoadResult {
  if (checked.ok) return { ok: true, config: checked.config, source: checked.source };
  const { faults, more } = checked;
  return { ok: false, faults: [...faults.map(faultLine), ...(more > 0 ? [moreLine(file, more)] : [])] };
}

/** `lb.json:9:10: listeners[0].routs: found an unknown key, expected "routes"`. */
export function faultLine({ file, line, column, field, found, expected }: LocatedFault): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return `${place}: ${field === undefined ? "" : `${field}: `}found ${found}, expected ${expected}`;
}

/** For the faults that have no line of their own. */
export function moreLine(file: string, more: number): string {
  return `${file}: and ${more} more`;
}

/** {@link loadConfig}, with faults for programs. */
export function checkConfig(file: string): CheckResult {
  const read = readConfigText(file);
  return read.ok ? checkText(read.text, file) : { ok: false, faults: [{ file, ...read.fault }], more: 0 };
}

function checkText(text: string, file: string): CheckResult {
  const tooDeep = tooDeepAt(text);
  if (tooDeep !== undefined) {
    const found = `more than ${mostLevels} levels of brackets`;
    return { ok: false, faults: [{ file, ...positionAt(text, tooDeep), found, expected: "fewer" }], more: 0 };
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true });
  if (tree === undefined || errors.length > 0) {
    const { faults, more } = syntaxFaults(text, errors, mostFaults);
    return { ok: false, faults: faults.map((fault) => ({ file, ...fault })), more };
  }
  const root: unknown = JSON.parse(text);
  const locate = (faults: readonly Fault[]) =>
    faults.map(({ path: said, found, expected }): LocatedFault => {
      const path = pathIn(root, said);
      const at = positionAt(text, offsetOf(tree, root, path));
      return { file, ...at, field: formatPath(path), found, expected };
    });
  const parsed = configSchema.safeParse(root, { reportInput: false });
  const faults = [
    ...duplicateKeyFaults(tree),
    ...(parsed.success ? [] : faultsOf(parsed.error.issues, root, (path) => knownKeysAt(root, path))),
    ...(typeof root === "object" ? referenceFaults(root) : []),
  ];
  if (parsed.success && faults.length === 0) return { ok: true, config: parsed.data, source: root, locate };
  const shown = locate(faults.slice(0, mostFaults));
  return { ok: false, faults: shown, more: faults.length - shown.length };
}

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
