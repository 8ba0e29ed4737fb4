import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pythonTool } from "../scripts/python-tools.ts";
import { type Synthesized, synthesize, variants } from "./testing/synthesis.ts";

const checkov = pythonTool("checkov");
if (!checkov.ok) console.log(`stacks/policy-scan.test.ts is skipped: ${checkov.reason}`);

// The others have no resource of another kind or form.
const scanned = variants.filter(
  ([title]) => !["lab", "lab with remote state", "lab, small, elsewhere"].includes(title),
);

interface Finding {
  readonly check_id: string;
  readonly check_name: string;
  /** Of a resource `type.name`, or `resource.name` and `data.name` alone. */
  readonly resource: string;
  /** `/<folder>/cdk.tf.json` */
  readonly file_path: string;
}

interface Scan {
  readonly results: { readonly failed_checks: readonly Finding[] };
  readonly summary: { readonly passed: number; readonly parsing_errors: number };
}

test.skipIf(!checkov.ok)(
  "checkov finds nothing in any stack but what stands with a reason beside its resource",
  async () => {
    if (!checkov.ok) return;
    const stacks = scanned.map(([title, name, context]) => ({ title, stack: synthesize(name, context) }));
    const folder = mkdtempSync(join(tmpdir(), "ballast-scan-"));
    try {
      for (const [index, { stack }] of stacks.entries()) {
        mkdirSync(join(folder, String(index)));
        const { accepted: _, ...terraform } = stack;
        await Bun.write(join(folder, String(index), "cdk.tf.json"), JSON.stringify(terraform));
      }
      const { results, summary } = await scan(checkov.path, folder);
      expect(summary.parsing_errors).toBe(0);
      // Had it not read the stacks, it would have found nothing either.
      expect(summary.passed).toBeGreaterThan(100 * stacks.length);

      const open: string[] = [];
      const used = new Set<string>();
      for (const { check_id, check_name, resource, file_path } of results.failed_checks) {
        const variant = stacks[Number(file_path.split("/")[1])];
        const name = resource.slice(resource.lastIndexOf(".") + 1);
        const reason = variant?.stack.accepted[name]?.[check_id];
        if (reason === undefined) open.push(`${variant?.title}: ${resource}: ${check_id} ${check_name}`);
        used.add(`${variant?.title} ${name} ${check_id}`);
      }
      expect(open).toEqual([]);
      expect(stacks.flatMap(({ title, stack }) => idle(title, stack, used))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  120_000,
);

/** Reasons for what checkov doesn't find (any more). */
function idle(title: string, { accepted }: Synthesized, used: ReadonlySet<string>): string[] {
  return Object.entries(accepted).flatMap(([name, reasons]) =>
    Object.keys(reasons)
      .filter((check) => !used.has(`${title} ${name} ${check}`))
      .map((check) => `${title}: ${name}: ${check} is accepted, but not found`),
  );
}

/** One run over all stacks; it asks no server. */
async function scan(program: string, folder: string): Promise<Scan> {
  const options = ["--framework", "terraform_json", "--output", "json", "--skip-download", "--quiet"];
  const run = Bun.spawn([program, "--directory", folder, ...options], {
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, LOG_LEVEL: "ERROR" },
  });
  const [text, complaint] = await Promise.all([
    new Response(run.stdout).text(),
    new Response(run.stderr).text(),
  ]);
  if (!text.trimStart().startsWith("{"))
    throw new Error(`checkov gave no report: ${text.slice(0, 400)}${complaint}`);
  return JSON.parse(text);
}
