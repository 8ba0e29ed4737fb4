import { parseStrictly } from "../commands/parse-strictly.ts";
import { failure, type Outcome, success } from "../outcome.ts";

export const help = `Wears the balancer, and looks whether its memory and its open files are then where they
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

Before and after each, a tenth of the same load goes ahead of looking: what a program
needs once is no growth, and what it has not yet collected is none either.

Exit codes: 0 all is where it was, 1 it is not or something failed, 2 for options that
it doesn't know, 130 interrupted.

Examples:
  bun run bench soak
  bun run bench soak --cycles 1000 --datagrams 50000 --addresses 1000
`;

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
  const parsed = parseStrictly(args, {
    cycles: { type: "string", default: "100000" },
    datagrams: { type: "string", default: "1000000" },
    addresses: { type: "string", default: "10000" },
    limit: { type: "string", default: "16" },
    balancer: { type: "string" },
    json: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  });
  if (!parsed.ok) return parsed;
  const { value: values } = parsed;
  if (values.help) return success("help");
  const faults: string[] = [];
  const whole = (name: "cycles" | "datagrams" | "addresses" | "limit", most: number) => {
    const text = values[name];
    const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > most)
      faults.push(`--${name}: found ${JSON.stringify(text)}, expected a whole number from 1 to ${most}`);
    return value;
  };
  const options = {
    cycles: whole("cycles", 100_000_000),
    datagrams: whole("datagrams", 100_000_000),
    addresses: whole("addresses", 65_536),
    limitMegabytes: whole("limit", 100_000),
    balancer: values.balancer,
    json: values.json,
  };
  return faults.length === 0 ? success(options) : failure(faults.join("\n"));
}
