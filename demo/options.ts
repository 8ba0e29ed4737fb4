import { parseStrictly } from "../bench/commands/parse-strictly.ts";
import { failure, type Outcome, success } from "../bench/outcome.ts";

const names = ["primes", "policies"] as const;

export type DemoName = (typeof names)[number];

export interface RunOptions {
  readonly demo: DemoName;
  /** Of the pages. */
  readonly port: number;
  /** Tell what runs as JSON instead of sentences. */
  readonly json: boolean;
}

export const help = `Starts a system that uses the balancer on this machine, with pages to look at.

Usage: bun run demo primes [options]      a frontend that shows which of 100 numbers are
                                          prime, the balancer, and 3 backends
       bun run demo policies [options]    2 backends behind 3 balancers: round robin,
                                          weighted 3 : 5, least load

  --port N    of the pages, 0 for a free one (default 3000)
  --json      print what runs as one line of JSON
  --help      print this

It runs until Ctrl-C, which ends all of it.
Exit codes: 0 after Ctrl-C, 1 when it can't start, 2 for a command line it does not
understand.

Examples:
  bun run demo primes
  bun run demo policies --port 8080
`;

const optionTypes = {
  port: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Reads the command line, without the program's name. */
export function parseCommandLine(args: readonly string[]): Outcome<RunOptions | "help"> {
  const [first, ...rest] = args;
  const demo = names.find((name) => name === first);
  const options = parseStrictly(
    demo === undefined ? args.filter((arg) => arg.startsWith("-")) : rest,
    optionTypes,
  );
  if (!options.ok) return options;
  if (options.value.help) return success("help");
  if (demo === undefined)
    return failure(
      `found ${first === undefined ? "no demo" : JSON.stringify(first)}, expected ${names.join(" or ")}`,
    );
  const { port = "3000", json = false } = options.value;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    return failure(`--port: found ${JSON.stringify(port)}, expected a whole number from 0 to 65535`);
  return success({ demo, port: Number(port), json });
}
