import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseDurationMs } from "../../balancer/config/duration.ts";
import { buildExecutables } from "../../scripts/build.ts";
import { interruptible } from "../commands/interrupt.ts";
import { parseStrictly } from "../commands/parse-strictly.ts";
import { failure, type Outcome, success } from "../outcome.ts";
import { withBenchContext } from "../peers/bench-context.ts";
import { findSubjects } from "../peers/subjects.ts";
import { renderHtml } from "../report/html-page.ts";
import { textTable } from "../report/terminal.ts";
import { changes } from "./changes.ts";
import { faultOfOne, faults } from "./faults.ts";
import { type FaultFigures, type FaultPlan, type FaultRow, measureFault } from "./measure.ts";
import { faultProxies } from "./proxies.ts";
import { behindAnywhere, faultsDocument, faultTable } from "./table.ts";

const occurrences = [...faults.map(faultOfOne), ...changes];
const balancer = join(import.meta.dir, "..", "..", "dist", "balancer");

const help = `Has one of nine servers fail in each of several ways while requests go on, behind
Ballast, nginx and HAProxy, each with its settings against that; then reloads the
proxies, with a server more or less each time, and replaces their running programs.

Usage: bun run bench faults [options]

  --rate N         requests a second, an open loop (default 300)
  --phase D        how long all is sound, then one fails, then all is sound again
                   (default 5s)
  --fault LIST     only these, such as killed,replaced (default all)
  --seed N         of arrivals and service times (default 1)
  --out DIR        where faults.html and faults.json go (default report)
  --json           print the figures as JSON
  --check          exit 1 when Ballast loses more requests than another
  --help           print this

Exit codes: 0 measured, 1 with --check when Ballast is behind, or when something
did not start, 2 for options that it doesn't know, 130 interrupted.

Examples:
  bun run bench faults
  bun run bench faults --fault killed,stopped --phase 2s
`;

interface FaultsOptions extends FaultPlan {
  readonly chosen: readonly string[];
  readonly out: string;
  readonly json: boolean;
  readonly check: boolean;
}

/** `bun run bench faults`: resolves to the exit code. */
export async function runFaults(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  if (!options.ok) {
    console.error(`${options.fault}\ntry bun run bench faults --help`);
    return 2;
  }
  if (options.value === "help") {
    process.stdout.write(help);
    return 0;
  }
  const { value } = options;
  console.error("compiling balancer and backend");
  await buildExecutables();
  return await interruptible(async (signal) => {
    const rows = await measureAll(value, signal);
    if (!rows.ok) {
      console.error(rows.fault);
      return 1;
    }
    await mkdir(value.out, { recursive: true });
    await Bun.write(join(value.out, "faults.json"), `${JSON.stringify(rows.value, null, 2)}\n`);
    await Bun.write(join(value.out, "faults.html"), renderHtml(faultsDocument(rows.value, value)));
    const { columns, rows: cells } = faultTable(rows.value);
    console.log(value.json ? JSON.stringify(rows.value, null, 2) : textTable(columns, cells));
    const behind = behindAnywhere(rows.value);
    for (const line of behind) console.error(line);
    return value.check && behind.length > 0 ? 1 : 0;
  });
}

async function measureAll(options: FaultsOptions, signal: AbortSignal): Promise<Outcome<FaultRow[]>> {
  const { installed, missing } = findSubjects(faultProxies(balancer), ["nginx", "haproxy"]);
  if (missing.length > 0) console.error(`not installed: ${missing.join(", ")}`);
  const cores = { pinned: false, why: "servers, load and proxy share all cores" } as const;
  const say = (line: string) => console.error(line);
  return await withBenchContext({ cores, backend: [], signal, say }, async (context) => {
    const rows: FaultRow[] = [];
    for (const occurrence of [undefined, ...occurrences]) {
      const name = occurrence?.name ?? "none";
      if (options.chosen.length > 0 && occurrence !== undefined && !options.chosen.includes(name)) continue;
      const figures: Record<string, FaultFigures> = {};
      for (const subject of installed) {
        signal.throwIfAborted();
        const measured = await measureFault(context, subject, occurrence, options);
        if (!measured.ok) return measured;
        figures[subject.peer.name] = measured.value;
        say(`${name}: ${subject.peer.name} lost ${measured.value.lost} of ${measured.value.requests}`);
      }
      rows.push({ fault: name, figures });
    }
    return success(rows);
  });
}

function parseOptions(args: readonly string[]): Outcome<FaultsOptions | "help"> {
  const parsed = parseStrictly(args, {
    rate: { type: "string", default: "300" },
    phase: { type: "string", default: "5s" },
    fault: { type: "string" },
    seed: { type: "string", default: "1" },
    out: { type: "string", default: "report" },
    json: { type: "boolean", default: false },
    check: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (!parsed.ok) return parsed;
  const { rate, phase, fault, seed, out, json, check, help: isHelp } = parsed.value;
  if (isHelp) return success("help");
  const problems: string[] = [];
  const ratePerSecond = Number(rate);
  if (!(ratePerSecond > 0)) problems.push(found("rate", rate, "requests per second, more than 0"));
  const phaseMs = parseDurationMs(phase) ?? 0;
  if (!(phaseMs > 0)) problems.push(found("phase", phase, 'a duration such as "5s"'));
  if (!/^\d{1,9}$/.test(seed)) problems.push(found("seed", seed, "a whole number from 0 on"));
  const chosen = fault === undefined ? [] : fault.split(",");
  const known = occurrences.map(({ name }) => name);
  for (const name of chosen)
    if (!known.includes(name)) problems.push(found("fault", name, `some of ${known.join(", ")}`));
  return problems.length > 0
    ? failure(problems.join("\n"))
    : success({ ratePerSecond, phaseMs, chosen, seed: Number(seed), out, json, check });
}

function found(option: string, value: string, expected: string): string {
  return `--${option}: found ${JSON.stringify(value)}, expected ${expected}`;
}
