import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { compiledPrograms, compilePrograms } from "../commands/compiled-programs.ts";
import { interruptible } from "../commands/interrupt.ts";
import { readOptions } from "../commands/read-options.ts";
import { runCommand } from "../commands/run-command.ts";
import { type Outcome, success } from "../outcome.ts";
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
const occurrenceNames = occurrences.map(({ name }) => name);

const help = `Has one of nine servers fail in each of several ways while requests go on, behind
Ballast, nginx and HAProxy, each with its settings against that; then reloads the
proxies, with a server more or less each time, and replaces their running programs.

Usage: bun run bench faults [options]

  --rate N         requests a second, an open loop (default 300)
  --phase D        how long all is sound, then one fails, then all is sound again
                   (default 5s)
  --fault LIST     only these, with commas between (default all)
  --seed N         of arrivals and service times (default 1)
  --out DIR        where faults.html and faults.json go (default report)
  --json           print the figures as JSON
  --check          exit 1 when Ballast loses more requests than another
  --help           print this

Faults: ${occurrenceNames.join(", ")}

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
  return await runCommand({ usage: "bun run bench faults", help }, parseOptions(args), compare);
}

async function compare(options: FaultsOptions): Promise<number> {
  return await interruptible(async (signal) => {
    await compilePrograms(say, signal);
    const rows = await measureAll(options, signal);
    if (!rows.ok) {
      console.error(rows.fault);
      return 1;
    }
    await mkdir(options.out, { recursive: true });
    await Bun.write(join(options.out, "faults.json"), `${JSON.stringify(rows.value, null, 2)}\n`);
    await Bun.write(join(options.out, "faults.html"), renderHtml(faultsDocument(rows.value, options)));
    const { columns, rows: cells } = faultTable(rows.value);
    console.log(options.json ? JSON.stringify(rows.value, null, 2) : textTable(columns, cells));
    const behind = behindAnywhere(rows.value);
    for (const line of behind) console.error(line);
    return options.check && behind.length > 0 ? 1 : 0;
  });
}

/** Standard output is the result's alone. */
const say = (line: string) => console.error(line);

async function measureAll(options: FaultsOptions, signal: AbortSignal): Promise<Outcome<FaultRow[]>> {
  const { installed, missing } = findSubjects(faultProxies(compiledPrograms.balancer), ["nginx", "haproxy"]);
  if (missing.length > 0) say(`not installed: ${missing.join(", ")}`);
  const cores = { pinned: false, why: "servers, load and proxy share all cores" } as const;
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
  return readOptions(
    args,
    {
      rate: { type: "string" },
      phase: { type: "string" },
      fault: { type: "string" },
      seed: { type: "string" },
      out: { type: "string", default: "report" },
      check: { type: "boolean", default: false },
    },
    (values, reader) => ({
      ratePerSecond: reader.ratePerSecond("rate") ?? 300,
      phaseMs: reader.durationMs("phase", 100) ?? 5000,
      chosen: reader.names("fault", occurrenceNames) ?? [],
      seed: reader.whole("seed", 0) ?? 1,
      out: values.out,
      json: values.json,
      check: values.check,
    }),
  );
}
