/**
 * `bun run audit`: asks the registry for known vulnerabilities of all that bun.lock holds. Exit code 1 when there are some; a registry
 * that can't be asked is told, and is no failure.
 */
import { join } from "node:path";

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

if (import.meta.main) {
  const audit = Bun.spawnSync([process.execPath, "audit"], { cwd: join(import.meta.dir, "..") });
  const output = `${audit.stdout}${audit.stderr}`.trim();
  const result = auditOf(audit.exitCode, output);
  console.log(output);
  if (result === "skipped")
    console.log("audit SKIPPED: the registry's advisories can't be reached from here");
  else console.log(`audit ${result}`);
  process.exitCode = result === "clean" || result === "skipped" ? 0 : 1;
}
