import { parseStrictly } from "../commands/parse-strictly.ts";
import { measureRequestCosts } from "./measure.ts";

const help = `What the balancer's own code takes for a request on the wire edge: reading, routing,
choosing, forwarding, logging; without the kernel and without Bun's sockets.

Usage: bun run bench cost [--requests N]

  --requests N   in each of the rounds, of which the fastest counts (default 200000)
`;

/** `bun run bench cost`: resolves to the exit code. */
export async function runCost(args: readonly string[]): Promise<number> {
  const parsed = parseStrictly(args, { requests: { type: "string" }, help: { type: "boolean" } });
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
  for (const { what, nsPerRequest } of await measureRequestCosts(Number(text)))
    console.log(`${what.padEnd(34)} ${(nsPerRequest / 1000).toFixed(2)} µs`);
  return 0;
}
