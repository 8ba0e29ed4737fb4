import { z } from "zod";

/**
 * Gives a node of the JSON Schema its examples: zod leaves them out where a value is transformed, though they show what is
 * written.
 */
export function putExamples({
  zodSchema,
  jsonSchema,
}: {
  readonly zodSchema: z.core.$ZodType;
  readonly jsonSchema: z.core.JSONSchema.BaseSchema;
}): void {
  const examples: unknown = z.globalRegistry.get(zodSchema)?.examples;
  if (Array.isArray(examples)) jsonSchema.examples = examples;
  // The only value is its own example.
  else if (jsonSchema.const !== undefined) jsonSchema.examples = [jsonSchema.const];
}
