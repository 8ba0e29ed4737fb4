import { z } from "zod";
import { failure, type Outcome, success } from "../bench/outcome.ts";
import type { Outputs } from "../stacks/outputs.ts";
import { outputs, type Terraform } from "./terraform.ts";

const url = z.exactOptional(z.url());

const schema: z.ZodType<Outputs> = z.object({
  region: z.string(),
  balancerUrl: url,
  frontendUrl: url,
  statusUrl: url,
  albUrl: url,
  bucket: z.string(),
  instanceIds: z.record(z.string(), z.array(z.string())),
  instanceGroups: z.record(z.string(), z.string()),
});

/** What a deployed stack gives out. */
export async function stackOutputs(terraform: Terraform): Promise<Outcome<Outputs>> {
  const given = await outputs(terraform);
  if (!given.ok) return given;
  const parsed = schema.safeParse(given.value);
  if (parsed.success) return success(parsed.data);
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return failure(`terraform output: ${faults.join(", ")}`);
}
