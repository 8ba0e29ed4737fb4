import { readOptions } from "../commands/read-options.ts";
import { runCommand } from "../commands/run-command.ts";
import type { Outcome } from "../outcome.ts";
import { measureRequestCosts } from "./measure.ts";

const help = `What the balancer's own code takes for a request on the wire edge: reading, routing,
choosing, forwarding, logging; without the kernel and without Bun's sockets.

Usage: bun run bench cost [options]

  --requests N   in each of the rounds, of which the fastest counts (default 200000)
  --json         print the figures as JSON
  --help         print this

Exit codes: 0 measured, 2 for options that it doesn't know.

Examples:
  bun run bench cost
  bun run bench cost --requests 1000000 --json | jq '.[0].nsPerRequest'
`;

interface CostOptions {
  readonly requests: number;
  readonly json: boolean;
}

/** `bun run bench cost`: resolves to the exit code. */
export async function runCost(args: readonly string[]): Promise<number> {
  return await runCommand({ usage: "bun run bench cost", help }, parseOptions(args), tellCosts);
}

async function tellCosts({ requests, json }: CostOptions): Promise<number> {
  const costs = await measureRequestCosts(requests);
  if (json) {
    console.log(JSON.stringify(costs, null, 2));
    return 0;
  }
  for (const { what, nsPerRequest } of costs)
    console.log(`${what.padEnd(34)} ${(nsPerRequest / 1000).toFixed(2)} µs`);
  return 0;
}

function parseOptions(args: readonly string[]): Outcome<CostOptions | "help"> {
  return readOptions(
    args,
    {
      requests: { type: "string" },
    },
    (values, reader) => ({ requests: reader.whole("requests", 1) ?? 200_000, json: values.json }),
  );
}
