import { readOptions } from "../commands/read-options.ts";
import type { Command } from "../commands/run-command.ts";
import type { Outcome } from "../outcome.ts";

const help = `Loads the balancer with a share of what it can do for a while, and looks whether its
memory stays flat and its latency does not grow.

Usage: bun run bench steady [options]

  --minutes N      how long (default 10)
  --share N        of what it can do on one core, or of what the generator gets
                   through it where that is less (default 0.7)
  --rate N         requests/s instead of finding out what it can do
  --limit N        megabytes that the memory may have grown (default 16)
  --seed N         of the arrivals (default 1)
  --out DIR        where steady.html and steady.json go (default report)
  --json           print the figures as JSON
  --help           print this

Sixty times, but every two seconds at most, it notes memory, open files, CPU, p50
and p99, and how late the generator was. What the first fifth of the time needs is
no growth. Open files may be 256 more, for connections to targets. p99 has grown when
it rises over the other intervals as it would by chance in one run of a hundred, and
to more than 1.5 times its begin. Intervals in which the generator was more than 10 ms
late with one request in a hundred, or other programs took more than 5 % of the
balancer's core, are not compared.

Exit codes: 0 all is flat, 1 it is not, fewer than 10 intervals can be compared or a
request failed, 2 for options that it doesn't know, 130 interrupted.

Examples:
  bun run bench steady
  bun run bench steady --minutes 1 --rate 2000
`;

export const steadyCommand: Command = { usage: "bun run bench steady", help };

export interface SteadyOptions {
  readonly durationMs: number;
  readonly share: number;
  /** Undefined to find out what the balancer and the generator can do. */
  readonly ratePerSecond: number | undefined;
  readonly limitMegabytes: number;
  readonly seed: number;
  readonly out: string;
  readonly json: boolean;
}

/** All faults at once, a line each. */
export function parseSteadyOptions(args: readonly string[]): Outcome<SteadyOptions | "help"> {
  return readOptions(
    args,
    {
      minutes: { type: "string" },
      share: { type: "string" },
      rate: { type: "string" },
      limit: { type: "string" },
      seed: { type: "string" },
      out: { type: "string", default: "report" },
    },
    (values, reader) => ({
      durationMs: (reader.above0("minutes", 10_000) ?? 10) * 60_000,
      share: reader.above0("share", 1) ?? 0.7,
      ratePerSecond: reader.ratePerSecond("rate"),
      limitMegabytes: reader.above0("limit", 100_000) ?? 16,
      seed: reader.whole("seed", 0) ?? 1,
      out: values.out,
      json: values.json,
    }),
  );
}
