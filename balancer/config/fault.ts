import type { z } from "zod";
import { nearest } from "./nearest.ts";

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
  if (issue.code === "invalid_key") {
    const key = path.at(-1);
    const found = `the key ${describeValue(key)}`;
    return issue.issues.map((inner) => ({ path, found, expected: expectation(inner, key) }));
  }
  const found = valueAt(root, path);
  const expected = isObjectWanted(issue)
    ? anObject(path.length === 0 ? [] : keysAt(path))
    : expectation(issue, found);
  return [{ path, found: describeValue(found), expected }];
}

/** Whether nothing better is known to say of it. */
const isObjectWanted = (issue: z.core.$ZodIssue) =>
  issue.code === "invalid_type" && issue.expected === "object" && issue.message.startsWith("Invalid input");

function anObject(keys: readonly string[]): string {
  const first = keys.slice(0, 3).map(quote).join(", ");
  return keys.length === 0 ? "an object" : `an object with ${keys.length > 3 ? "keys such as " : ""}${first}`;
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
