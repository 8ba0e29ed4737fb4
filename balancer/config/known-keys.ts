import type { FieldPath } from "./fault.ts";
import { valueAt } from "./fault.ts";
import { configJsonSchema } from "./schema.ts";

interface SchemaNode {
  readonly $ref?: string;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly const?: unknown;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
}

/** Made when the first fault asks for it: that takes longer than the rest of a check. */
let wholeSchema: SchemaNode | undefined;

/** The keys that lb.json may have at `path`, for the config that stands in `root`. */
export function knownKeysAt(root: unknown, path: FieldPath): readonly string[] {
  wholeSchema ??= configJsonSchema();
  const schema = wholeSchema;
  let nodes = branches(schema, schema);
  path.forEach((part, depth) => {
    nodes = nodes.flatMap((node) => child(node, part)).flatMap((node) => branches(node, schema));
    nodes = nodes.filter((node) => fitsName(node, valueAt(root, path.slice(0, depth + 1))));
  });
  return [...new Set(nodes.flatMap((node) => Object.keys(node.properties ?? {})))];
}

function branches(node: SchemaNode, schema: SchemaNode): readonly SchemaNode[] {
  if (node.$ref !== undefined) {
    const target = schema.$defs?.[node.$ref.slice("#/$defs/".length)];
    return target === undefined ? [] : branches(target, schema);
  }
  const alternatives = node.anyOf ?? node.oneOf;
  return alternatives === undefined ? [node] : alternatives.flatMap((each) => branches(each, schema));
}

function child(node: SchemaNode, part: string | number): readonly SchemaNode[] {
  if (typeof part === "number") return node.items === undefined ? [] : [node.items];
  const property = node.properties?.[part];
  if (property !== undefined) return [property];
  return typeof node.additionalProperties === "object" ? [node.additionalProperties] : [];
}

/** Of several shapes told apart by `name`, `protocol` or `provider`, only the one the value names. */
function fitsName(node: SchemaNode, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return ["name", "protocol", "provider"].every((key) => {
    const expected = node.properties?.[key]?.const;
    return expected === undefined || (value as Record<string, unknown>)[key] === expected;
  });
}
