import type { z } from "zod";

/** A place in lb.json: keys and indices from the root. */
export type FieldPath = readonly (string | number)[];

/** One thing that is wrong with a config. */
export interface Fault {
  readonly path: FieldPath;
  /** What stands there, or that nothing does. */
  readonly found: string;
  /** What should stand there. */
  readonly expected: string;
}

/** `listeners[0].routes[1].group`; a key that is no identifier is quoted. */
export function formatPath(path: FieldPath): string {
  if (path.length === 0) return "(root)";
  return path
    .map((part, index) => {
      if (typeof part === "number") return `[${part}]`;
      if (!/^[\w$-]+$/.test(part)) return `[${JSON.stringify(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join("");
}

/** What stands at `path`; where a shorthand text stands for an object, that text. */
export function valueAt(root: unknown, path: FieldPath): unknown {
  let value = root;
  for (const part of path) {
    if (typeof value === "string") return value;
    if (typeof value !== "object" || value === null) return undefined;
    // One certificate may stand without its list: then index 0 is the object itself.
    if (typeof part === "number" && !Array.isArray(value)) continue;
    value = (value as Record<string | number, unknown>)[part];
  }
  return value;
}

/** The path as the text has it: of one certificate that stands without its list there is no index. */
export function pathIn(root: unknown, path: FieldPath): FieldPath {
  return path.filter((part, index) => {
    const holder = typeof part === "number" ? valueAt(root, path.slice(0, index)) : undefined;
    return typeof holder !== "object" || holder === null || Array.isArray(holder);
  });
}

/** A value as a person would quote it, shortened. */
export function describeValue(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}

/** All that zod found wrong, as faults. `keysAt` names the keys known at a place. */
export function faultsOf(
  issues: readonly z.core.$ZodIssue[],
  root: unknown,
  keysAt: (path: FieldPath) => readonly string[],
): Fault[] {
  return issues.flatMap((issue) => issueFaults(issue, [], root, keysAt));
}

function issueFaults(
  issue: z.core.$ZodIssue,
  parent: FieldPath,
  root: unknown,
  keysAt: (path: FieldPath) => readonly string[],
): Fault[] {
  const path = [...parent, ...(issue.path as FieldPath)];
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(path);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      const hint = near === undefined ? `one of ${known.map(quote).join(", ")}` : quote(near);
      return { path: [...path, key], found: "an unknown key", expected: hint };
    });
  }
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    // The branch that got past the value's own type is the one that was meant.
    const meant = issue.errors.find((branch) =>
      branch.every((inner) => inner.path.length > 0 || inner.code === "unrecognized_keys"),
    );
    if (meant !== undefined) return meant.flatMap((inner) => issueFaults(inner, path, root, keysAt));
  }
  const found = valueAt(root, path);
  return [{ path, found: describeValue(found), expected: expectation(issue, found) }];
}

function expectation(issue: z.core.$ZodIssue, found: unknown): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.message.startsWith("Invalid input") ? article(issue.expected) : issue.message;
    case "invalid_value":
      return choices(issue.values.map(String), found);
    case "invalid_union":
      return "options" in issue && Array.isArray(issue.options)
        ? choices(issue.options.map(String), found)
        : issue.message;
    case "too_small":
      return issue.origin === "array" || issue.origin === "string"
        ? "not to be empty"
        : `${issue.inclusive === false ? "above" : "at least"} ${issue.minimum}`;
    case "too_big":
      return `at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

function choices(values: readonly string[], found: unknown): string {
  const near = typeof found === "string" ? nearest(found, values) : undefined;
  const list = values.length === 1 ? quote(values[0] ?? "") : `one of ${values.map(quote).join(", ")}`;
  return near === undefined || values.length === 1 ? list : `${list}; nearest: ${quote(near)}`;
}

const quote = (text: string) => JSON.stringify(text);

const article = (type: string) =>
  type === "array"
    ? "a list"
    : type === "record"
      ? "an object"
      : `${/^[aeio]/.test(type) ? "an" : "a"} ${type === "int" ? "whole number" : type}`;

/** The candidate most like `word`; undefined when none is like it. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 2)) + 1;
  for (const candidate of candidates) {
    // So much has to be added or taken away at least; to count on would take long for a long word.
    if (Math.abs(word.length - candidate.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein's distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
