/** `bun scripts/config-docs.ts`: writes the table of keys in docs/configuration.md from the schema. */
import { join } from "node:path";
import { configJsonSchema } from "../balancer/config/schema.ts";

interface SchemaNode {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, SchemaNode>>;
  readonly description?: string;
  readonly default?: unknown;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly required?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly examples?: readonly unknown[];
}

const file = join(import.meta.dir, "..", "docs", "configuration.md");
const marker = "<!-- From here on written by scripts/config-docs.ts from the schema. -->";

/** The whole page: what stands above the marker, and the tables. */
export function renderPage(page: string): string {
  const schema: SchemaNode = configJsonSchema();
  const above = page.slice(0, page.indexOf(marker));
  return `${above}${marker}\n\n${sections("lb.json", schema, schema).join("\n\n")}\n`;
}

/** A table of an object's keys, followed by those of the objects in it; shapes with a name of their own have theirs once. */
function sections(
  title: string,
  node: SchemaNode,
  root: SchemaNode,
  shown: Set<string> = new Set(),
): string[] {
  const rows: string[] = [];
  const below: string[] = [];
  for (const [key, property] of Object.entries(node.properties ?? {})) {
    const value = resolve(property, root);
    const need = node.required?.includes(key) ? "required" : defaultOf(property);
    const example = (property.examples ?? value.examples ?? []).map(code).join(", ");
    const says = property.description ?? value.description ?? "";
    rows.push(`| \`${key}\` | ${typeOf(value, root)} | ${need} | ${example} | ${says} |`);
    if (property.$ref !== undefined && shown.has(property.$ref)) continue;
    if (property.$ref !== undefined) shown.add(property.$ref);
    const path = title === "lb.json" ? key : `${title}.${key}`;
    for (const [suffix, object] of objectsIn(value, root))
      below.push(...sections(`${path}${suffix}`, object, root, shown));
  }
  const heading = `### \`${title}\``;
  return [
    `${heading}\n\n| key | value | default | example | |\n|---|---|---|---|---|\n${rows.join("\n")}`,
    ...below,
  ];
}

/** The objects that a value may consist of, with what stands behind the key to reach them. */
function objectsIn(node: SchemaNode, root: SchemaNode): [string, SchemaNode][] {
  const value = resolve(node, root);
  if (value.items !== undefined)
    return objectsIn(value.items, root).map(([suffix, each]) => [`[]${suffix}`, each]);
  if (typeof value.additionalProperties === "object") {
    return objectsIn(value.additionalProperties, root).map(([suffix, each]) => [`.<name>${suffix}`, each]);
  }
  if (value.properties !== undefined) return [["", value]];
  const branches = (value.anyOf ?? value.oneOf ?? []).flatMap((branch) => alternatives(branch, root));
  return branches.flatMap((branch): [string, SchemaNode][] => {
    const name = (["name", "protocol", "provider"] as const)
      .map((key) => branch.properties?.[key]?.const)
      .find((value) => value !== undefined);
    if (branch.properties === undefined) return [];
    return [[name === undefined ? "" : ` ${JSON.stringify(name)}`, branch]];
  });
}

function alternatives(node: SchemaNode, root: SchemaNode): readonly SchemaNode[] {
  const nested = node.oneOf ?? node.anyOf;
  return nested === undefined ? [resolve(node, root)] : nested.flatMap((each) => alternatives(each, root));
}

function resolve(node: SchemaNode, root: SchemaNode): SchemaNode {
  return node.$ref === undefined ? node : (root.$defs?.[node.$ref.slice("#/$defs/".length)] ?? node);
}

function typeOf(node: SchemaNode, root: SchemaNode): string {
  if (node.const !== undefined) return `\`${JSON.stringify(node.const)}\``;
  if (node.enum !== undefined) return node.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (node.items !== undefined) return "list";
  const nested = node.anyOf ?? node.oneOf;
  if (nested !== undefined)
    return [...new Set(nested.map((each) => typeOf(resolve(each, root), root)))].join(" or ");
  const range = [
    node.minimum === undefined ? "" : ` from ${node.minimum}`,
    node.maximum === undefined || node.maximum >= Number.MAX_SAFE_INTEGER ? "" : ` to ${node.maximum}`,
  ].join("");
  return `${node.type ?? "any"}${range}`;
}

const code = (value: unknown) => `\`${spacedJson(value)}\``;

/** JSON on one line, with blanks as a person sets them. */
function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${spacedJson(each)}`);
  return `{ ${entries.join(", ")} }`;
}

function defaultOf(node: SchemaNode): string {
  if (node.default === undefined) return "";
  return node.default === Number.MAX_SAFE_INTEGER ? "none" : `\`${JSON.stringify(node.default)}\``;
}

if (import.meta.main) await Bun.write(file, renderPage(await Bun.file(file).text()));
