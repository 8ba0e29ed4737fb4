/**
 * `bun scripts/python-tools.ts`: installs the Python tools that some tests need below `.venv/`, unless they
 * are there already. `bun run check` does so too.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type PythonToolName = "aws" | "checkov" | "hadolint" | "moto_server";

export type PythonTool =
  | { readonly ok: true; readonly path: string }
  /** Why it can't be used, and what to do about it; one line. */
  | { readonly ok: false; readonly reason: string };

type Installed = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Each tool's environment: one for all can't be had, as checkov wants a version of boto3 that is too old for moto. */
const environments: Readonly<Record<PythonToolName, string>> = {
  aws: "awscli",
  checkov: "checkov",
  hadolint: "hadolint",
  moto_server: "moto",
};

const root = join(import.meta.dir, "..");

/** The program of a tool, for tests that skip themselves when it is missing. */
export function pythonTool(name: PythonToolName): PythonTool {
  const venv = new Venv(environments[name]);
  if (venv.isUpToDate()) return { ok: true, path: join(venv.directory, "bin", name) };
  return {
    ok: false,
    reason: `${name} is not installed: bun scripts/python-tools.ts installs it into .venv/`,
  };
}

/**
 * Installs all tools; a minute's work the first time. Gives the reason when it can't be done: that is no failure of the
 * product.
 */
export async function installPythonTools(): Promise<Installed> {
  const missing = Object.values(environments)
    .map((name) => new Venv(name))
    .filter((venv) => !venv.isUpToDate());
  if (missing.length === 0) return { ok: true };
  if (Bun.which("python3") === null) return { ok: false, reason: "python3 is not on the PATH" };
  for (const venv of missing) {
    const installed = await venv.install();
    if (!installed.ok) return installed;
  }
  return { ok: true };
}

/** What one list of requirements installs. */
class Venv {
  readonly directory: string;
  private readonly requirements: string;
  /** Holds the requirements that the environment was made from, once it is whole. */
  private readonly madeFrom: string;

  constructor(name: string) {
    this.directory = join(root, ".venv", name);
    this.requirements = join(import.meta.dir, "requirements", `${name}.txt`);
    this.madeFrom = join(this.directory, "made-from.txt");
  }

  isUpToDate(): boolean {
    // Its Python is a link to the system's, which may have gone.
    const isWhole = existsSync(join(this.directory, "bin", "python")) && existsSync(this.madeFrom);
    return isWhole && readFileSync(this.madeFrom).equals(readFileSync(this.requirements));
  }

  async install(): Promise<Installed> {
    rmSync(this.directory, { recursive: true, force: true });
    const pip = join(this.directory, "bin", "pip");
    const steps = [
      ["python3", "-m", "venv", this.directory],
      [pip, "install", "--quiet", "--no-input", "--disable-pip-version-check", "-r", this.requirements],
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
    writeFileSync(this.madeFrom, readFileSync(this.requirements));
    return { ok: true };
  }
}

if (import.meta.main) {
  const installed = await installPythonTools();
  if (!installed.ok) {
    console.error(`python tools: ${installed.reason}`);
    process.exitCode = 1;
  }
}
