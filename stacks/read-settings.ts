import type { z } from "zod";
import { type Settings, settingsSchema } from "./settings.ts";

export type ReadSettings =
  | { readonly ok: true; readonly settings: Settings }
  /** A sentence for each fault: where, what was found, what was expected. */
  | { readonly ok: false; readonly faults: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

const prefix = "BALLAST_AWS_";

/**
 * Settings from the context `ballast` of cdktf.json, and above that from the environment: `lab.cluster1.count` is
 * `BALLAST_AWS_LAB_CLUSTER1_COUNT` there, and an empty text counts as left out.
 */
export function readSettings(context: unknown, environment: Environment): ReadSettings {
  if (context !== undefined && !isObject(context)) {
    return {
      ok: false,
      faults: [`cdktf.json context "ballast": found ${JSON.stringify(context)}, expected an object`],
    };
  }
  const given = structuredClone(context ?? {});
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || value === undefined || value === "") continue;
    const setting = settingsByVariable.get(name);
    if (setting === undefined)
      unknown.push(
        `${name}: found an unknown setting, expected one of docs/aws.md such as ${exampleVariable}`,
      );
    else setAt(given, setting.path, valueOfText(value, setting.type));
  }
  const parsed = settingsSchema.safeParse(given);
  if (parsed.success && unknown.length === 0) return { ok: true, settings: parsed.data };
  const faults = parsed.success
    ? []
    : parsed.error.issues.flatMap((issue) => sentences(issue, given, environment));
  return { ok: false, faults: [...unknown, ...faults] };
}

/** Every setting's path, with what is said about it. */
export function settingPaths(
  schema: z.ZodType = settingsSchema,
  path: readonly string[] = [],
): SettingPath[] {
  const inner = unwrap(schema);
  const shape = "shape" in inner ? (inner.shape as Record<string, z.ZodType>) : undefined;
  if (shape === undefined)
    return [{ path, type: inner.def.type, description: schema.meta()?.description ?? "" }];
  return Object.entries(shape).flatMap(([key, child]) => settingPaths(child, [...path, key]));
}

export interface SettingPath {
  readonly path: readonly string[];
  /** Zod's name for the kind of value, such as `string`, `number` or `boolean`. */
  readonly type: string;
  readonly description: string;
}

/** What stands behind a default. */
function unwrap(schema: z.ZodType): z.ZodType {
  const { innerType } = schema.def as { innerType?: z.ZodType };
  return innerType === undefined ? schema : unwrap(innerType);
}

/** `lab.cluster1.count` → `BALLAST_AWS_LAB_CLUSTER1_COUNT`. */
export function variableOf(path: readonly PropertyKey[]): string {
  const words = path.map((part) => String(part).replaceAll(/[A-Z]/g, (letter) => `_${letter}`));
  return `${prefix}${words.join("_").toUpperCase()}`;
}

const settingsByVariable = new Map(settingPaths().map((setting) => [variableOf(setting.path), setting]));
const exampleVariable = variableOf(["lab", "alb"]);

/** The environment has texts alone. One that is not of the setting's type is left for the schema to refuse. */
function valueOfText(text: string, type: string): unknown {
  if (type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  return type === "number" && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function setAt(root: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path;
  if (key === undefined) return;
  if (rest.length === 0) {
    root[key] = value;
    return;
  }
  const next = root[key];
  // A value that is no object is left for the schema to refuse.
  if (next !== undefined && !isObject(next)) return;
  const child = next ?? {};
  root[key] = child;
  setAt(child, rest, value);
}

function sentences(issue: z.core.$ZodIssue, given: unknown, environment: Environment): string[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    const known = settingPaths()
      .filter((each) => path.every((part, index) => each.path[index] === part))
      .map((each) => String(each.path[path.length]));
    const list = [...new Set(known)].join(", ");
    return issue.keys.map(
      (key) => `${[...path, key].join(".")}: found an unknown setting, expected one of ${list}`,
    );
  }
  const variable = variableOf(path);
  const source = environment[variable] ? ` (${variable})` : "";
  const found = path.reduce<unknown>(
    (value, part) => (isObject(value) ? value[String(part)] : undefined),
    given,
  );
  return [
    `${path.join(".")}${source}: found ${JSON.stringify(found) ?? "nothing"}, expected ${expectation(issue)}`,
  ];
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === "too_small") return `at least ${issue.minimum}`;
  if (issue.code === "too_big") return `at most ${issue.maximum}`;
  if (issue.code === "invalid_type" && issue.expected === "object") return "an object with settings";
  return issue.message;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
