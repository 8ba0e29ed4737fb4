import { expect, test } from "bun:test";
import type { z } from "zod";
import { certificateSchema } from "./certificate-schema.ts";
import { groupSchema } from "./group-schema.ts";
import { putRules, wholeRules } from "./json-rules.ts";
import { httpListener } from "./listener-schema.ts";
import { route } from "./route-schema.ts";
import { configJsonSchema } from "./schema.ts";

interface Rule {
  readonly not?: Rule;
  readonly allOf?: readonly Rule[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, { readonly const?: unknown; readonly maxItems?: number }>>;
  readonly minProperties?: number;
  readonly dependentRequired?: Readonly<Record<string, readonly string[]>>;
}

/** As JSON Schema 2020-12 has these words. */
function holds(rule: Rule, value: Readonly<Record<string, unknown>>): boolean {
  const has = (key: string) => key in value;
  return (
    (rule.not === undefined || !holds(rule.not, value)) &&
    (rule.allOf ?? []).every((each) => holds(each, value)) &&
    (rule.required ?? []).every(has) &&
    Object.keys(value).length >= (rule.minProperties ?? 0) &&
    Object.entries(rule.dependentRequired ?? {}).every(([key, others]) => !has(key) || others.every(has)) &&
    Object.entries(rule.properties ?? {}).every(
      ([key, { const: only, maxItems = Number.POSITIVE_INFINITY }]) => {
        const found = value[key];
        if (found === undefined) return true;
        if (Array.isArray(found) && found.length > maxItems) return false;
        return only === undefined || found === only;
      },
    )
  );
}

function ruleOf(zodSchema: z.core.$ZodType): Rule {
  const jsonSchema: z.core.JSONSchema.BaseSchema = {};
  putRules({ zodSchema, jsonSchema });
  return jsonSchema as Rule;
}

test.each([
  ["a route", ruleOf(route), { group: "g" }, [{}, { group: "g", split: [] }]],
  ["a group", ruleOf(groupSchema), { discovery: {} }, [{}, { targets: [] }]],
  ["a group", ruleOf(groupSchema), { targets: [{}] }, []],
  ["a listener", ruleOf(httpListener), { http2: true, tls: {} }, [{ http2: true }, { http3: true }]],
  ["a listener", ruleOf(httpListener), { http2: false }, []],
  ["a certificate", ruleOf(certificateSchema), { cert: "c", key: "k" }, [{}, { cert: "c" }, { key: "k" }]],
  ["a certificate", ruleOf(certificateSchema), { acme: [] }, []],
  ["a config", wholeRules as Rule, { listeners: [], control: {} }, [{ listeners: [] }]],
] as const)("the rules of %s take what is right, and nothing else", (_, rule, right, wrong) => {
  expect([right, ...wrong].map((value) => holds(rule, value))).toEqual([true, ...wrong.map(() => false)]);
});

test("the whole schema has them, and says once which draft it is of", () => {
  const text = JSON.stringify(configJsonSchema());
  for (const schema of [route, groupSchema, httpListener, certificateSchema])
    expect(text).toContain(JSON.stringify(ruleOf(schema)).slice(1, -1));
  expect(text.match(/"\$schema":"/g)).toHaveLength(1);
});
