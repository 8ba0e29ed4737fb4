import { parseStrictly } from "../commands/parse-strictly.ts";
import { failure, type Outcome, success } from "../outcome.ts";

export const help = `Loads the balancer with a share of what it can do for a while, and looks whether its
memory stays flat and its latency does not grow.

Usage: bun run bench steady [options]

  --minutes N      how long (default 10)
  --share N        of the requests that a closed loop gets through it (default 0.7)
  --rate N         requests/s instead of finding out what it can do
  --limit N        megabytes that the memory may have grown (default 16)
  --seed N         of the arrivals (default 1)
  --out DIR        where steady.html and steady.json go (default report)
  --json           print the figures as JSON
  --help           print this

Every ten seconds it notes memory, open files, p50 and p99. What the first fifth
of the time needs is no growth.

Exit codes: 0 all is flat, 1 it is not or a request failed, 2 for options that it
doesn't know, 130 interrupted.

Examples:
  bun run bench steady
  bun run bench steady --minutes 1 --rate 2000
`;

export interface SteadyOptions {
  readonly durationMs: number;
  readonly share: number;
  /** Undefined to find out what the balancer can do. */
  readonly ratePerSecond: number | undefined;
  readonly limitMegabytes: number;
  readonly seed: number;
  readonly out: string;
  readonly json: boolean;
}

/** All faults at once, a line each. */
export function parseSteadyOptions(args: readonly string[]): Outcome<SteadyOptions | "help"> {
  const parsed = parseStrictly(args, {
    minutes: { type: "string", default: "10" },
    share: { type: "string", default: "0.7" },
    rate: { type: "string" },
    limit: { type: "string", default: "16" },
    seed: { type: "string", default: "1" },
    out: { type: "string", default: "report" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (!parsed.ok) return parsed;
  const { value: values } = parsed;
  if (values.help) return success("help");
  const faults: string[] = [];
  const above0 = (name: "minutes" | "share" | "rate" | "limit", most: number) => {
    const value = Number(values[name]);
    if (!(value > 0 && value <= most))
      faults.push(
        `--${name}: found ${JSON.stringify(values[name])}, expected a number above 0, up to ${most}`,
      );
    return value;
  };
  if (!/^\d{1,9}$/.test(values.seed))
    faults.push(`--seed: found ${JSON.stringify(values.seed)}, expected a whole number from 0 on`);
  const options = {
    durationMs: above0("minutes", 10_000) * 60_000,
    share: above0("share", 1),
    ratePerSecond: values.rate === undefined ? undefined : above0("rate", 1_000_000),
    limitMegabytes: above0("limit", 100_000),
    seed: Number(values.seed),
    out: values.out,
    json: values.json,
  };
  return faults.length === 0 ? success(options) : failure(faults.join("\n"));
}
