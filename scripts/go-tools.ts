/**
 * `bun scripts/go-tools.ts`: builds Pebble, the ACME authority that tests obtain certificates from, below `.tools/`, unless it is
 * there already. `bun run check` does so too. https://github.com/letsencrypt/pebble
 */
import { existsSync } from "node:fs";
import { join } from "node:path";

const version = "v2.10.1";
const programs = ["pebble", "pebble-challtestsrv"] as const;
const directory = join(import.meta.dir, "..", ".tools", `pebble-${version}`);

export type GoToolName = (typeof programs)[number];

/** The program's file, for tests that skip themselves when it is missing; undefined then. */
export function goTool(name: GoToolName): string | undefined {
  const file = join(directory, name);
  return existsSync(file) ? file : undefined;
}

/** A minute's work the first time. Gives the reason when it can't be done: that is no failure of the product. */
export async function installGoTools(): Promise<
  { readonly ok: true } | { readonly ok: false; readonly reason: string }
> {
  if (programs.every((name) => goTool(name) !== undefined)) return { ok: true };
  if (Bun.which("go") === null) return { ok: false, reason: "go is not on the PATH" };
  const packages = programs.map((name) => `github.com/letsencrypt/pebble/v2/cmd/${name}@${version}`);
  const build = Bun.spawn(["go", "install", ...packages], {
    env: { ...process.env, GOBIN: directory },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [exitCode, complaint] = await Promise.all([build.exited, new Response(build.stderr).text()]);
  if (exitCode === 0) return { ok: true };
  return {
    ok: false,
    reason: `go install failed: ${complaint.replaceAll(/\s+/g, " ").trim().slice(0, 400)}`,
  };
}

if (import.meta.main) {
  const installed = await installGoTools();
  if (!installed.ok) {
    console.error(`go tools: ${installed.reason}`);
    process.exitCode = 1;
  }
}
