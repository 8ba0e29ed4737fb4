/**
 * `bun run build [--target bun-linux-arm64]`: compiles `balancer` and `backend` to single
 * executables under `dist/`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dir, "..");

/** Each program's files: the one that runs, and those that it starts threads with. */
const programs = { balancer: ["main.ts", "worker.ts"], backend: ["main.ts"] };

/** Compiles all programs into `directory`; throws with the compiler's own words when one fails. */
export async function buildExecutables(target?: string, directory = join(root, "dist")): Promise<void> {
  for (const [name, files] of Object.entries(programs)) {
    const outfile = join(directory, name);
    await Bun.build({
      entrypoints: files.map((file) => join(root, name, file)),
      compile: target === undefined ? { outfile } : { outfile, target: target as Bun.Build.CompileTarget },
      minify: true,
      splitting: true,
      sourcemap: "linked",
    });
  }
  // For the stacks, which upload executables that run on their instances.
  await Bun.write(join(directory, "target.txt"), `${target ?? `bun-${process.platform}-${process.arch}`}\n`);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { target: { type: "string" } } });
  await buildExecutables(values.target);
}
