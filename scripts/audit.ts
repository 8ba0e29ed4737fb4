/**
 * `bun run audit`: asks the registry for known vulnerabilities of all that bun.lock holds. Exit code 1 when there are some;
 * a registry that can't be asked is told, and is no failure.
 */
import { join } from "node:path";
import { parseStrictly } from "../bench/commands/parse-strictly.ts";

/** What `bun audit` says where there is no answer of the registry's. */
const unreachable =
  /security\/advisories\/bulk - \d{3}|ConnectionRefused|ConnectionClosed|FailedToOpenSocket|Timeout|ENOTFOUND|DNS/i;

export type Audit = "clean" | "vulnerable" | "skipped" | "failed";

/** What an ended `bun audit` means. */
export function auditOf(exitCode: number, output: string): Audit {
  if (exitCode === 0) return "clean";
  if (unreachable.test(output)) return "skipped";
  return /\bseverity|vulnerabilit/i.test(output) ? "vulnerable" : "failed";
}

const help = `Asks the registry for known vulnerabilities of all that bun.lock holds.

Usage: bun run audit [options]

  --json   print as JSON what came of it, and the registry's advisories
  --help   print this

Exit codes: 0 there are none, or the registry can't be asked, which is told, 1 there are
some or it failed, 2 for options that it doesn't know.

Examples:
  bun run audit
  bun run audit --json | jq -r .audit     # clean, vulnerable, skipped or failed
`;

function audit(asJson: boolean): 0 | 1 {
  const command = [process.execPath, "audit", ...(asJson ? ["--json"] : [])];
  const { stdout, stderr, exitCode } = Bun.spawnSync(command, { cwd: join(import.meta.dir, "..") });
  const output = `${stdout}${stderr}`.trim();
  const result = auditOf(exitCode, output);
  if (asJson)
    console.log(JSON.stringify({ audit: result, ...advisoriesIn(stdout.toString(), output) }, null, 2));
  else {
    console.log(output);
    if (result === "skipped")
      console.log("audit SKIPPED: the registry's advisories can't be reached from here");
    else console.log(`audit ${result}`);
  }
  return result === "clean" || result === "skipped" ? 0 : 1;
}

/** The registry's answer, or in its place what was said. */
export function advisoriesIn(
  stdout: string,
  output: string,
): { readonly advisories: unknown } | { readonly reason: string } {
  try {
    return { advisories: JSON.parse(stdout) };
  } catch {
    return { reason: output };
  }
}

if (import.meta.main) {
  const parsed = parseStrictly(process.argv.slice(2), {
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (!parsed.ok) console.error(`${parsed.fault}\ntry bun run audit --help`);
  else if (parsed.value.help) process.stdout.write(help);
  process.exitCode = !parsed.ok ? 2 : parsed.value.help ? 0 : audit(parsed.value.json);
}
