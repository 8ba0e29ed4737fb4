import type { z } from "zod";
import { certificateSchema } from "./certificate-schema.ts";
import { groupSchema } from "./group-schema.ts";
import { httpListener } from "./listener-schema.ts";
import { route } from "./route-schema.ts";

/** What JSON Schema can say of keys beside each other, which editors then show. `references.ts` says it, and more, to people. */

// Each key stands in its rule with what it is, as validators ask for in their strict mode.
const has = (key: string) => ({ required: [key], properties: { [key]: {} } });
const lacks = (key: string) => ({ not: has(key) });
const isEmpty = (key: string) => ({ properties: { [key]: { type: "array", maxItems: 0 } } });
const isTrue = (key: string) => ({ required: [key], properties: { [key]: { const: true } } });
const never = (...schemas: readonly object[]) => ({ not: { allOf: schemas } });

const rules: ReadonlyMap<z.core.$ZodType, object> = new Map<z.core.$ZodType, object>([
  [certificateSchema, { minProperties: 1, dependentRequired: { cert: ["key"], key: ["cert"] } }],
  [groupSchema, never(lacks("discovery"), isEmpty("targets"))],
  [httpListener, { allOf: ["http2", "http3"].map((key) => never(isTrue(key), lacks("tls"))) }],
  [route, { allOf: [never(has("group"), has("split")), never(lacks("group"), lacks("split"))] }],
]);

/** Of the whole config. */
export const wholeRules = never(lacks("control"), isEmpty("listeners"));

/** Adds to a node of the JSON Schema what zod has no word for. */
export function putRules({
  zodSchema,
  jsonSchema,
}: {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  Object.assign(jsonSchema, rules.get(zodSchema));
}
