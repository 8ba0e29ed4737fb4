/**
 * `bun run build [--target bun-linux-arm64] [balancer | backend]`: compiles both, or the one, to single
 * executables under `dist/`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dir, "..");

/** Each program's files: the one that runs, and those that it starts threads with. */
const programs = { balancer: ["main.ts", "worker.ts"], backend: ["main.ts"] };

type ProgramName = keyof typeof programs;
const programNames = Object.keys(programs) as ProgramName[];

/** Compiles the programs into `directory`; throws with the compiler's own words when one fails. */
export async function buildExecutables(
  target?: string,
  directory = join(root, "dist"),
  names: readonly ProgramName[] = programNames,
): Promise<void> {
  for (const name of names) {
    const files = programs[name];
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
  const { values, positionals } = parseArgs({
    options: { target: { type: "string" } },
    allowPositionals: true,
  });
  const names = positionals.map((text) => programNames.find((name) => name === text));
  const known = names.filter((name) => name !== undefined);
  if (known.length < names.length) {
    console.error(`build: found ${positionals.join(" ")}, expected ${programNames.join(" or ")}, or neither`);
    process.exitCode = 2;
  } else {
    await buildExecutables(values.target, undefined, known.length > 0 ? known : undefined);
  }
}
