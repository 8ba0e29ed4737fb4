import { expect, test } from "bun:test";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dir, "..");

/** What docs/aws.md tells a user who moves to do, in every file below `folder`. */
function moveToCdktn(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    if (!entry.endsWith(".ts")) continue;
    const file = join(folder, entry);
    const text = readFileSync(file, "utf8")
      .replaceAll('from "cdktf"', 'from "cdktn"')
      .replaceAll("@cdktf/provider-aws", "@cdktn/provider-aws");
    writeFileSync(file, text);
  }
}

/** A copy of what the stacks need, with executables that nobody runs. */
function copyProject(folder: string): void {
  cpSync(join(root, "stacks"), join(folder, "stacks"), { recursive: true });
  for (const file of ["cdktf.json", "tsconfig.json", "package.json"])
    cpSync(join(root, file), join(folder, file));
  for (const linked of ["node_modules", "balancer"]) symlinkSync(join(root, linked), join(folder, linked));
  mkdirSync(join(folder, "dist"));
  for (const name of ["balancer", "backend"]) {
    writeFileSync(join(folder, "dist", name), name);
    writeFileSync(join(folder, "dist", `${name}.target`), "bun-linux-x64-baseline\n");
  }
}

/** Every stack's Terraform, by name. */
async function synthesizeIn(folder: string): Promise<Readonly<Record<string, unknown>>> {
  const run = Bun.spawn([process.execPath, "run", "stacks/main.ts"], {
    cwd: folder,
    env: { ...process.env, BALLAST_AWS_LAB_ALB: "true", BALLAST_AWS_STATE_BUCKET: "our-state" },
    stdout: "inherit",
    stderr: "inherit",
  });
  expect(await run.exited).toBe(0);
  const stacks = join(folder, "cdktf.out", "stacks");
  return Object.fromEntries(
    readdirSync(stacks).map((name) => [
      name,
      JSON.parse(readFileSync(join(stacks, name, "cdk.tf.json"), "utf8")),
    ]),
  );
}

/** `path: old → new` for each value that is not the same. */
function differences(before: unknown, after: unknown, path: readonly string[] = []): string[] {
  if (!isObject(before) || !isObject(after)) {
    const [old, now] = [JSON.stringify(before), JSON.stringify(after)];
    return old === now ? [] : [`${path.join(".")}: ${old} → ${now}`];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => differences(before[key], after[key], [...path, key]));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

test("moved to cdktn, the stacks synthesize to the same resources", async () => {
  const folder = mkdtempSync(join(tmpdir(), "ballast-cdktn-"));
  try {
    copyProject(folder);
    const before = await synthesizeIn(folder);
    rmSync(join(folder, "cdktf.out"), { recursive: true });
    moveToCdktn(join(folder, "stacks"));
    const after = await synthesizeIn(folder);

    expect(Object.keys(after).sort()).toEqual(["fleet", "lab", "primes"]);
    for (const [name, stack] of Object.entries(after)) {
      // The libraries' own version, and the provider's that each brings; docs/aws.md tells so.
      expect(differences(before[name], stack)).toEqual([
        '//.metadata.version: "0.21.0" → "0.24.0"',
        'terraform.required_providers.aws.source: "aws" → "hashicorp/aws"',
        'terraform.required_providers.aws.version: "6.25.0" → "6.66.0"',
      ]);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
