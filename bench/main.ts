/** `bun run bench [command] [options]`: chooses the command; nothing imports this file. */
import { runBench } from "./commands/bench.ts";

/** Loaded when asked for: none needs what the others import. */
async function dispatch([command, ...rest]: readonly string[]): Promise<number> {
  switch (command) {
    case "lab":
      return await runBench(rest, "lab");
    case "sim":
      return await (await import("./sim/command.ts")).runSim(rest);
    case "peers":
      return await (await import("./peers/command.ts")).runPeers(rest);
    case "cost":
      return await (await import("./cost/command.ts")).runCost(rest);
    case "scrape":
      return await (await import("./scrape/command.ts")).runScrape(rest);
    case "memory":
      return await (await import("./memory/command.ts")).runMemory(rest);
    case "faults":
      return await (await import("./faults/command.ts")).runFaults(rest);
    case "steady":
      return await (await import("./steady/command.ts")).runSteady(rest);
    case "soak":
      return await (await import("./soak/command.ts")).runSoak(rest);
  }
  if (command !== undefined && !command.startsWith("-")) {
    console.error(
      `found command ${JSON.stringify(command)}, expected lab, sim, peers, cost, scrape, memory, faults, soak, steady or an option; try bun run bench --help`,
    );
    return 2;
  }
  return await runBench(process.argv.slice(2), "bench");
}

// Not process.exit(): a report on its way into a pipe has to arrive.
process.exitCode = await dispatch(process.argv.slice(2));
