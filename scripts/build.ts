/**
 * `bun run build [--target bun-linux-arm64] [balancer | backend]`: compiles both, or the one, to single
 * executables under `dist/`.
 */
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dir, "..");

/** Each program's files: the one that runs, and those that it starts threads with. */
const programs = { balancer: ["main.ts", "worker.ts"], backend: ["main.ts"] };

type ProgramName = keyof typeof programs;
const programNames = Object.keys(programs) as ProgramName[];

/**
 * Compiles the programs into `directory`, where beside each stands for what it was compiled: `balancer`, `balancer.target`.
 * Throws with the compiler's own words when one fails, a `TypeError` for a target that Bun has not.
 */
export async function buildExecutables(
  target?: string,
  directory = join(root, "dist"),
  names: readonly ProgramName[] = programNames,
): Promise<void> {
  await mkdir(directory, { recursive: true });
  // Bun writes source maps beside an executable that has them in itself already: they are left behind here.
  const scratch = await mkdtemp(join(directory, ".build-"));
  try {
    for (const name of names) {
      const outfile = join(scratch, name);
      await Bun.build({
        entrypoints: programs[name].map((file) => join(root, name, file)),
        compile: target === undefined ? { outfile } : { outfile, target: target as Bun.Build.CompileTarget },
        minify: true,
        splitting: true,
        // Stack traces name the lines of the sources.
        sourcemap: "linked",
      });
      await rename(outfile, join(directory, name));
      // For the stacks, which upload executables that run on their instances.
      const builtFor = target ?? `bun-${process.platform}-${process.arch}`;
      await Bun.write(join(directory, `${name}.target`), `${builtFor}\n`);
    }
  } finally {
    await rm(scratch, { recursive: true });
  }
}

const help = `Compiles balancer and backend, each to one executable in dist/ that needs nothing else.
Its source maps are in it: a stack trace names the lines of the sources. What it was
built for stands beside it, such as in dist/balancer.target.

Usage: bun run build [options] [balancer | backend]

  --target T   for another machine, such as bun-linux-arm64 or bun-linux-x64-baseline
               (default: for this one)
  --help       print this

Exit codes: 0 built, 1 the compiler failed, 2 for a command line it does not understand.

Examples:
  bun run build
  bun run build --target bun-linux-arm64 balancer
`;

/** Reads the command line and builds; the exit code. */
async function main(args: string[]): Promise<0 | 2> {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    console.error(`build: ${(error as Error).message}; try bun run build --help`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const known = programNames.filter((name) => positionals.includes(name));
  if (known.length < positionals.length) {
    console.error(`build: found ${positionals.join(" ")}, expected ${programNames.join(" or ")}, or neither`);
    return 2;
  }
  try {
    await buildExecutables(values.target, undefined, known.length > 0 ? known : undefined);
    return 0;
  } catch (error) {
    if (values.target === undefined || !(error instanceof TypeError)) throw error;
    console.error(
      `build: --target: found ${JSON.stringify(values.target)}, expected one such as bun-linux-arm64`,
    );
    return 2;
  }
}

function parse(args: string[]) {
  const options = { target: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
  return parseArgs({ args, options, allowPositionals: true });
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
