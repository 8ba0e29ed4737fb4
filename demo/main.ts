/** `bun run demo primes|policies`: starts a demo, tells where it is, and ends it on a signal. */
import { interruptible } from "../bench/commands/interrupt.ts";
import type { Outcome } from "../bench/outcome.ts";
import type { Demo, DemoOptions } from "./demo.ts";
import { help, parseCommandLine, type RunOptions } from "./options.ts";
import { startPolicies } from "./policies/policies.ts";
import { startPrimes } from "./primes/primes.ts";

const starts: Record<RunOptions["demo"], (options: DemoOptions) => Promise<Outcome<Demo>>> = {
  primes: startPrimes,
  policies: startPolicies,
};

async function main(): Promise<number> {
  const options = parseCommandLine(process.argv.slice(2));
  if (!options.ok) {
    console.error(`demo: ${options.fault}; try bun run demo --help`);
    return 2;
  }
  if (options.value === "help") {
    process.stdout.write(help);
    return 0;
  }
  const { demo: name, port, json } = options.value;
  return await interruptible(async (signal) => {
    const started = await starts[name]({ port, signal });
    if (!started.ok) {
      console.error(`demo: ${started.fault}`);
      return 1;
    }
    const demo = started.value;
    console.log(json ? JSON.stringify({ url: demo.url, programs: demo.programs }) : inSentences(demo));
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    await demo.stop();
    return 0;
  });
}

function inSentences({ url, programs, hints }: Demo): string {
  const width = Math.max(...programs.map(({ name }) => name.length));
  return [
    `Open ${url}`,
    "",
    ...programs.map(({ name, url, pid }) => `  ${name.padEnd(width)}  ${url}  pid ${pid}`),
    "",
    ...hints,
    "",
    "Ctrl-C ends all of it.",
  ].join("\n");
}

process.exitCode = await main();
