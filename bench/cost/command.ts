import { parseStrictly } from "../commands/parse-strictly.ts";
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

/** `bun run bench cost`: resolves to the exit code. */
export async function runCost(args: readonly string[]): Promise<number> {
  const parsed = parseStrictly(args, {
    requests: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  });
  const text = parsed.ok ? (parsed.value.requests ?? "200000") : "";
  if (!parsed.ok || !/^[1-9]\d{0,8}$/.test(text)) {
    const fault = parsed.ok
      ? `--requests: found ${JSON.stringify(text)}, expected a whole number from 1`
      : parsed.fault;
    console.error(`${fault}\ntry bun run bench cost --help`);
    return 2;
  }
  if (parsed.value.help) {
    process.stdout.write(help);
    return 0;
  }
  const costs = await measureRequestCosts(Number(text));
  if (parsed.value.json) {
    console.log(JSON.stringify(costs, null, 2));
    return 0;
  }
  for (const { what, nsPerRequest } of costs)
    console.log(`${what.padEnd(34)} ${(nsPerRequest / 1000).toFixed(2)} µs`);
  return 0;
}
