/**
 * `bun run build [--target bun-linux-arm64]`: compiles `balancer` and `backend` to single
 * executables under `dist/`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";

const root = join(import.meta.dir, "..");

/** Compiles the named programs; throws with the compiler's own words when one fails. */
export async function buildExecutables(target?: string): Promise<void> {
  for (const name of ["balancer", "backend"]) {
    const outfile = join(root, "dist", name);
    await Bun.build({
      entrypoints: [join(root, name, "main.ts")],
      compile: target === undefined ? { outfile } : { outfile, target: target as Bun.Build.CompileTarget },
      minify: true,
      sourcemap: "linked",
    });
  }
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { target: { type: "string" } } });
  await buildExecutables(values.target);
}
