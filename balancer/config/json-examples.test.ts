import { expect, test } from "bun:test";
import { configJsonSchema, configSchema } from "./schema.ts";

interface SchemaNode {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
}

/** Puts a value at a place of a config that has all else that is required around it. */
interface Place {
  readonly path: readonly (string | number)[];
  put(value: unknown): unknown;
}

interface Key extends Place {
  readonly name: string;
  readonly examples: readonly unknown[];
}

const schema: SchemaNode = configJsonSchema();

function resolved(node: SchemaNode): SchemaNode {
  return node.$ref === undefined ? node : (schema.$defs?.[node.$ref.replace("#/$defs/", "")] ?? {});
}

const examplesOf = (node: SchemaNode) => node.examples ?? resolved(node).examples ?? [];

/** Every key of every object that a value may be. */
function keysIn(node: SchemaNode, place: Place, title: string, seen: readonly SchemaNode[] = []): Key[] {
  const { properties, required = [], items, additionalProperties, anyOf, oneOf } = resolved(node);
  const shape = resolved(node);
  // A policy may have one in itself.
  if (seen.includes(shape)) return [];
  const below = [...seen, shape];
  const around = Object.fromEntries(
    required.map((key) => [key, examplesOf(properties?.[key] ?? {})[0]] as const),
  );
  return [
    ...Object.entries(properties ?? {}).flatMap(([key, property]): Key[] => {
      const at: Place = {
        path: [...place.path, key],
        put: (value) => place.put({ ...around, [key]: value }),
      };
      const name = `${title}.${key}`;
      return [{ ...at, name, examples: examplesOf(property) }, ...keysIn(property, at, name, below)];
    }),
    ...(items === undefined
      ? []
      : keysIn(items, { path: [...place.path, 0], put: (value) => place.put([value]) }, `${title}[]`, below)),
    ...(typeof additionalProperties !== "object"
      ? []
      : keysIn(
          additionalProperties,
          { path: [...place.path, "web"], put: (value) => place.put({ web: value }) },
          `${title}.web`,
          below,
        )),
    ...[...(anyOf ?? []), ...(oneOf ?? [])].flatMap((each) => keysIn(each, place, title, below)),
  ];
}

const keys = keysIn(schema, { path: [], put: (value) => value }, "");

test("every key has an example", () => {
  expect(keys.length).toBeGreaterThan(200);
  expect(keys.filter(({ examples }) => examples.length === 0).map(({ name }) => name)).toEqual([]);
});

test("every example is accepted at its place", () => {
  for (const { name, path, put, examples } of keys) {
    for (const example of examples) {
      const config = put(example);
      const issues = configSchema.safeParse(config).error?.issues ?? [];
      // A fault above is this one too, which an alternative hides; one beside it is of what else would have to be there.
      const own = issues.filter((issue) => isAlong(path, issue.path));
      expect({ name, config, own }).toEqual({ name, config, own: [] });
    }
  }
});

test("an example that does not fit would be seen", () => {
  const interval = keys.find(({ name }) => name === ".groups.web.health.interval");
  const issues = configSchema.safeParse(interval?.put("soon")).error?.issues ?? [];
  expect(issues.some(({ path }) => isAlong(interval?.path ?? [], path))).toBe(true);
});

/**
 * Whether one of the paths begins with the other; of a single certificate the schema's path has an index that the text has
 * not.
 */
function isAlong(path: readonly (string | number)[], other: readonly PropertyKey[]): boolean {
  const shorter = Math.min(path.length, other.length);
  return path.slice(0, shorter).every((part, index) => part === other[index]);
}
