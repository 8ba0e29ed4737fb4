import { readOptions } from "../commands/read-options.ts";
import type { Command } from "../commands/run-command.ts";
import type { Outcome } from "../outcome.ts";

const help = `Wears the balancer, and looks whether its memory and its open files are then where they
were: servers that register and unregister over and over, and datagrams from many
addresses, whose sessions all come to their end.

Usage: bun run bench soak [options]

  --cycles N       registrations, each with its unregistration (default 100000)
  --datagrams N    each with its reply (default 1000000)
  --addresses N    that they come from, up to 65536 (default 10000)
  --limit N        megabytes that the memory may have grown (default 16)
  --balancer FILE  wear this executable instead of compiling one
  --json           print the figures as JSON
  --help           print this

Before and after each, a tenth of the same load goes ahead of looking, three times, and
the least counts: what a program needs once is no growth, and what it has not yet
collected is none either. Some two minutes of its time are for that.

Exit codes: 0 all is where it was, 1 it is not or something failed, 2 for options that
it doesn't know, 130 interrupted.

Examples:
  bun run bench soak
  bun run bench soak --cycles 1000 --datagrams 50000 --addresses 1000
`;

export const soakCommand: Command = { usage: "bun run bench soak", help };

export interface SoakOptions {
  readonly cycles: number;
  readonly datagrams: number;
  readonly addresses: number;
  readonly limitMegabytes: number;
  readonly balancer: string | undefined;
  readonly json: boolean;
}

/** All faults at once, a line each. */
export function parseSoakOptions(args: readonly string[]): Outcome<SoakOptions | "help"> {
  return readOptions(
    args,
    {
      cycles: { type: "string" },
      datagrams: { type: "string" },
      addresses: { type: "string" },
      limit: { type: "string" },
      balancer: { type: "string" },
    },
    (values, reader) => ({
      cycles: reader.whole("cycles", 1, 100_000_000) ?? 100_000,
      datagrams: reader.whole("datagrams", 1, 100_000_000) ?? 1_000_000,
      addresses: reader.whole("addresses", 1, 65_536) ?? 10_000,
      limitMegabytes: reader.whole("limit", 1, 100_000) ?? 16,
      balancer: values.balancer,
      json: values.json,
    }),
  );
}
