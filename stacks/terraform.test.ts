import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { userDataOf } from "./testing/instances.ts";
import { synthesize, variants } from "./testing/synthesis.ts";

const terraform = Bun.which("terraform");
if (terraform === null) console.log("stacks/terraform.test.ts is skipped: terraform is not on the PATH");
/** So that a provider is fetched once for all runs. */
const cache = join(import.meta.dir, "..", ".terraform-plugins");
mkdirSync(cache, { recursive: true });
const registry = "https://registry.terraform.io/.well-known/terraform.json";

/** Runs Terraform in `folder`; its output, or a failure with what it said. */
async function run(folder: string, ...args: string[]): Promise<string> {
  const child = Bun.spawn([terraform ?? "", ...args], {
    cwd: folder,
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, TF_PLUGIN_CACHE_DIR: cache, CHECKPOINT_DISABLE: "1" },
  });
  const [said, complaint] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) !== 0) throw new Error(`terraform ${args.join(" ")}: ${said}${complaint}`);
  return said;
}

async function inFolder(main: object, use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ballast-terraform-"));
  try {
    await Bun.write(join(folder, "cdk.tf.json"), JSON.stringify(main));
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test.skipIf(terraform === null)(
  "Terraform reads every user-data as it was written, with bucket and key in their places",
  async () => {
    const known = { bucket: "the-bucket", key: "backend/abc" };
    const scripts = variants.flatMap(([, name, context], index) =>
      userDataOf(synthesize(name, context)).map(([id, script]) => [`v${index}-${id}`, script] as const),
    );
    const withLocals = (script: string) =>
      script.replaceAll(/\$\{aws_s3_object\.[a-z-]+\.(bucket|key)\}/g, "${local.$1}");
    const output = Object.fromEntries(scripts.map(([id, script]) => [id, { value: withLocals(script) }]));

    await inFolder({ locals: known, output }, async (folder) => {
      await run(folder, "init", "-no-color");
      await run(folder, "apply", "-auto-approve", "-no-color");
      const values: Record<string, { value: string }> = JSON.parse(await run(folder, "output", "-json"));
      for (const [id, script] of scripts) {
        const expected = withLocals(script)
          .replaceAll("${local.bucket}", known.bucket)
          .replaceAll("${local.key}", known.key);
        expect([id, values[id]?.value]).toEqual([id, expected]);
      }
    });
  },
  60_000,
);

const reached = terraform !== null && (await isReached(registry));
if (terraform !== null && !reached)
  console.log(
    `terraform validate is skipped: ${registry} is not reached, so there is no provider to validate with`,
  );

test.skipIf(!reached)(
  "terraform validate takes every stack",
  async () => {
    const { provider, terraform: settings } = synthesize("lab");
    const required = { provider, terraform: { required_providers: settings.required_providers } };
    await inFolder(required, async (folder) => {
      // One download of the provider serves all.
      await run(folder, "init", "-no-color");
      for (const [, name, context] of variants) {
        const { accepted: _, terraform: __, ...stack } = synthesize(name, context);
        await Bun.write(
          join(folder, "cdk.tf.json"),
          JSON.stringify({ ...stack, terraform: required.terraform }),
        );
        await run(folder, "validate", "-no-color");
      }
    });
  },
  600_000,
);

async function isReached(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(3000) })).ok;
  } catch {
    // Whatever the reason, the provider can't be had.
    return false;
  }
}
