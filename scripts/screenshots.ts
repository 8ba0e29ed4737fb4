/** `bun run screenshots`: takes the pictures of pages that the documentation shows anew. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pictureDashboard } from "../balancer/admin/dashboard/screenshots.ts";
import { pictureReport } from "../bench/report/screenshots.ts";
import { findChromium, TestBrowser } from "../browser-testing/browser.ts";
import { pictureDemos } from "../demo/screenshots.ts";

const root = join(import.meta.dir, "..");
const help = `Takes the pictures of pages that the documentation shows, into docs/images.

Usage: bun run screenshots [demos] [dashboard] [report] [options]

  demos        the prime page and the policy pages
  dashboard    under load, while a target turns slow and another hangs
  report       of a lab with a sweep, beside nginx, HAProxy and Caddy, which is
               left in report/

  --report FILE  the index.html of a report that is there, instead of a new one
  --help         print this

All three without a name: about three minutes. They need Chromium, at $CHROMIUM,
/usr/bin/chromium or on PATH, and a machine that is otherwise quiet.

Exit codes: 0 done, 1 something was missing or failed, 2 for what it doesn't know.

Examples:
  bun run screenshots
  bun run screenshots dashboard
  bun run screenshots report --report report/index.html
`;

const names = ["demos", "dashboard", "report"] as const;

/** The pictures that are asked for, and a report that is there; a sentence for what is not known. */
function parse(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { report: { type: "string" }, help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    const unknown = positionals.filter((each) => !names.some((name) => name === each));
    if (unknown.length > 0) return `found ${unknown.join(", ")}, expected some of ${names.join(", ")}`;
    return { ...values, names: positionals.length === 0 ? names : positionals };
  } catch (error) {
    return (error as Error).message;
  }
}

/** Measures a lab, as the report then says; returns where that is. */
function measureLab(): string {
  const options = "--sweep 20,50,90,130 --sweep-duration 4s --beside nginx,haproxy,caddy".split(" ");
  const { exitCode } = Bun.spawnSync([process.execPath, "bench/main.ts", "lab", ...options], {
    cwd: root,
    stdout: "inherit",
    stderr: "inherit",
  });
  if (exitCode !== 0) throw new Error(`the lab ended with ${exitCode}, see above`);
  return join(root, "report", "index.html");
}

async function take(wanted: readonly string[], report: string | undefined): Promise<void> {
  const images = join(root, "docs", "images");
  // Before the browser, which would take a part of the machine.
  const page = wanted.includes("report") ? (report ?? measureLab()) : undefined;
  const browser = await TestBrowser.start();
  try {
    if (wanted.includes("demos")) await pictureDemos(browser, images);
    if (wanted.includes("dashboard")) await pictureDashboard(browser, images);
    if (page !== undefined) await pictureReport(browser, page, images);
  } finally {
    await browser.stop();
  }
}

async function main(args: readonly string[]): Promise<number> {
  const options = parse(args);
  if (typeof options === "string") {
    console.error(`screenshots: ${options}; try bun run screenshots --help`);
    return 2;
  }
  if (options.help === true) {
    console.log(help);
    return 0;
  }
  if (findChromium() === undefined) {
    console.error("screenshots: found no Chromium at $CHROMIUM, at /usr/bin/chromium or on PATH");
    return 1;
  }
  await take(options.names, options.report);
  return 0;
}

process.exit(await main(Bun.argv.slice(2)));
