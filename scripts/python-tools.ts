/**
 * `bun scripts/python-tools.ts`: installs the Python tools that some tests need into `.venv/`, unless they
 * are there already. `bun run check` does so too.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type PythonToolName = "checkov" | "moto_server";

export type PythonTool =
  | { readonly ok: true; readonly path: string }
  /** Why it can't be used, and what to do about it; one line. */
  | { readonly ok: false; readonly reason: string };

const root = join(import.meta.dir, "..");
const requirementsFile = join(import.meta.dir, "requirements.txt");
const venv = join(root, ".venv");
/** Holds the requirements that the venv was made from, once it is whole. */
const madeFrom = join(venv, "made-from.txt");

/** The program of a tool, for tests that skip themselves when it is missing. */
export function pythonTool(name: PythonToolName): PythonTool {
  if (isUpToDate()) return { ok: true, path: join(venv, "bin", name) };
  return {
    ok: false,
    reason: `${name} is not installed: bun scripts/python-tools.ts installs it into .venv/`,
  };
}

/** Installs all tools; a minute's work the first time. Gives the reason when it can't be done: that is no failure of the product. */
export async function installPythonTools(): Promise<{ ok: true } | { ok: false; reason: string }> {
  if (isUpToDate()) return { ok: true };
  if (Bun.which("python3") === null) return { ok: false, reason: "python3 is not on the PATH" };
  rmSync(venv, { recursive: true, force: true });
  const pip = join(venv, "bin", "pip");
  const steps = [
    ["python3", "-m", "venv", venv],
    [pip, "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r", requirementsFile],
  ];
  for (const command of steps) {
    const step = Bun.spawn(command, { stdio: ["ignore", "pipe", "pipe"] });
    const [exitCode, said, complaint] = await Promise.all([
      step.exited,
      new Response(step.stdout).text(),
      new Response(step.stderr).text(),
    ]);
    if (exitCode === 0) continue;
    const why = `${said} ${complaint}`.replaceAll(/\s+/g, " ").trim().slice(0, 400);
    return { ok: false, reason: `${command.slice(0, 3).join(" ")} failed: ${why}` };
  }
  writeFileSync(madeFrom, readFileSync(requirementsFile));
  return { ok: true };
}

function isUpToDate(): boolean {
  // Its Python is a link to the system's, which may have gone.
  const isWhole = existsSync(join(venv, "bin", "python")) && existsSync(madeFrom);
  return isWhole && readFileSync(madeFrom).equals(readFileSync(requirementsFile));
}

if (import.meta.main) {
  const installed = await installPythonTools();
  if (!installed.ok) {
    console.error(`python tools: ${installed.reason}`);
    process.exitCode = 1;
  }
}
