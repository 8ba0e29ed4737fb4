/**
 * `bun run check`: format and lint, types, all tests. The last line gives the true counts,
 * in the form that machines read: `N passed, N failed`.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installGoTools } from "./go-tools.ts";
import { installPythonTools } from "./python-tools.ts";

const help = `Checks all of the project: format and lint, types, tests.

Usage: bun run check

  --help   print this

The last line counts: "N passed, N failed". Tests that need what is not installed here are
skipped, and say what they miss.

Exit codes: 0 all passed, 1 something failed, 2 for options, of which it has none.

Examples:
  bun run check
  bun test balancer/config     # some of the tests
`;

const [asked] = process.argv.slice(2);
if (asked === "--help" || asked === "-h") {
  process.stdout.write(help);
  process.exit(0);
} else if (asked !== undefined) {
  console.error(`check: found ${JSON.stringify(asked)}, expected nothing; try bun run check --help`);
  process.exit(2);
}

const binaries = join(import.meta.dir, "..", "node_modules", ".bin");

/** Runs a step with its output on this terminal; true when it passed. */
function step(title: string, command: readonly string[]): boolean {
  console.log(`\n── ${title}`);
  return Bun.spawnSync([...command], { stdio: ["ignore", "inherit", "inherit"] }).exitCode === 0;
}

/** The totals in the root element of a JUnit report. */
function totals(junitXml: string): { tests: number; failures: number; skipped: number } | undefined {
  const root = /<testsuites[^>]*>/.exec(junitXml)?.[0];
  if (root === undefined) return undefined;
  const attribute = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(root)?.[1] ?? 0);
  return { tests: attribute("tests"), failures: attribute("failures"), skipped: attribute("skipped") };
}

const scratch = mkdtempSync(join(tmpdir(), "ballast-check-"));
const junit = join(scratch, "junit.xml");
const startedAtMs = performance.now();

const lint = step("format and lint (biome)", [join(binaries, "biome"), "check", "--error-on-warnings", "."]);
const types = step("types (tsc)", [join(binaries, "tsc"), "--noEmit"]);
// Runs in a browser, with other globals.
const page = join("balancer", "admin", "dashboard", "page");
const pageTypes = step("types of the dashboard's page (tsc)", [
  join(binaries, "tsc"),
  "--noEmit",
  "-p",
  page,
]);

const python = await installPythonTools();
if (!python.ok) console.log(`\n── tests that need checkov or moto will be skipped: ${python.reason}`);
const go = await installGoTools();
if (!go.ok) console.log(`\n── tests that need Pebble will be skipped: ${go.reason}`);
const tests = step("tests", [
  process.execPath,
  "test",
  "--timeout=30000",
  "--reporter=junit",
  `--reporter-outfile=${junit}`,
]);

let counted = { tests: 0, failures: 1, skipped: 0 };
try {
  counted = totals(readFileSync(junit, "utf8")) ?? counted;
} catch {
  console.error("the test run left no report; counted as one failure");
}
rmSync(scratch, { recursive: true, force: true });

const verdict = (ok: boolean) => (ok ? "ok" : "FAILED");
const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
console.log(
  `\nlint ${verdict(lint)} · types ${verdict(types && pageTypes)} · tests ${verdict(tests)} · ${seconds} s`,
);
// A failed step without a failed test still has to show in the counts.
const failed =
  counted.failures + (lint ? 0 : 1) + (types && pageTypes ? 0 : 1) + (tests || counted.failures > 0 ? 0 : 1);
const passed = counted.tests - counted.failures - counted.skipped;
console.log(`${passed} passed, ${failed} failed${counted.skipped > 0 ? `, ${counted.skipped} skipped` : ""}`);
process.exit(failed === 0 ? 0 : 1);
