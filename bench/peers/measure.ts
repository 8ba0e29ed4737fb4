import { type Outcome, success } from "../outcome.ts";
import { describeMachine } from "../report/machine.ts";
import type { BenchContext } from "./bench-context.ts";
import { findCompiler } from "./compile.ts";
import { describeCores } from "./cores.ts";
import { compileFloor } from "./floor.ts";
import { compileUdpTools } from "./generators/udp.ts";
import { obstacle } from "./obstacles.ts";
import type { Part, PeersOptions } from "./options.ts";
import type { Comparison } from "./parts/comparison.ts";
import { measureConnections } from "./parts/connections.ts";
import { measureCpu } from "./parts/cpu.ts";
import { measureHttp2 } from "./parts/http2.ts";
import { measureLarge } from "./parts/large.ts";
import type { PartInput } from "./parts/part.ts";
import { measureScale, type ScaleResult } from "./parts/scale.ts";
import { tailScenarios } from "./parts/scenarios.ts";
import { measureTails, type TailsResult, tailSubjects } from "./parts/tails.ts";
import { measureTcp } from "./parts/tcp.ts";
import { measureUdp } from "./parts/udp.ts";
import { measureWorkers, type WorkersResult } from "./parts/workers.ts";
import type { Peer } from "./peer.ts";
import type { PeersResult } from "./results.ts";
import { findSubjects } from "./subjects.ts";

/** Measures the parts that are asked for and possible here, one after the other; `balancer` is our executable. */
export async function measure(
  options: PeersOptions,
  balancer: string,
  context: BenchContext,
): Promise<Outcome<PeersResult>> {
  const createdAt = new Date().toISOString();
  const missing = new Set<string>();
  const skipped: string[] = [];
  const wanted = options.parts.filter((part) => {
    const why = obstacle(part, context.cores);
    if (why === undefined) return true;
    skipped.push(`${part} is left out: ${why}`);
    context.say(`${part} is left out: ${why}`);
    return false;
  });
  const find = (peers: readonly Peer[]) => {
    const found = findSubjects(peers, options.peers);
    for (const what of found.missing) {
      if (!missing.has(what)) context.say(`${what} was not found, going on without it`);
      missing.add(what);
    }
    return found.installed;
  };
  const { edge, generator, rounds, roundDurationMs } = options;
  const input: PartInput = { context, find, balancer, edge, generator, rounds, durationMs: roundDurationMs };

  const comparisons: Comparison[] = [];
  let workers: WorkersResult | undefined;
  let scale: ScaleResult | undefined;
  const tails: TailsResult[] = [];
  for (const part of wanted) {
    context.say(`\n${part}`);
    if (part === "workers") {
      const measured = await measureWorkers(input);
      if (!measured.ok) return measured;
      workers = measured.value;
    } else if (part === "scale") {
      const measured = await measureScale(input);
      if (!measured.ok) return measured;
      scale = measured.value;
    } else if (part === "tails") {
      for (const name of options.scenarios) {
        const subjects = find(tailSubjects(balancer));
        const measured = await measureTails(context, subjects, tailScenarios[name], options.tailsDurationMs);
        if (!measured.ok) return measured;
        tails.push(measured.value);
      }
    } else {
      const measured = await measureComparisons(part, input);
      if (!measured.ok) return measured;
      comparisons.push(...measured.value);
    }
  }
  return success({
    createdAt,
    machine: describeMachine(),
    cores: describeCores(context.cores),
    missing: [...missing],
    skipped,
    comparisons,
    workers,
    scale,
    tails,
  });
}

async function measureComparisons(
  part: Exclude<Part, "workers" | "scale" | "tails">,
  input: PartInput,
): Promise<Outcome<readonly Comparison[]>> {
  switch (part) {
    case "cpu":
      return one(await measureCpu(input, findFloor(input.context)));
    case "large":
      return one(await measureLarge(input));
    case "connections":
      return one(await measureConnections(input));
    case "http2":
      return one(await measureHttp2(input));
    case "tcp":
      return await measureTcp(input);
    case "udp":
      return one(await measureUdpWithTools(input));
  }
}

function one(comparison: Outcome<Comparison>): Outcome<readonly Comparison[]> {
  return comparison.ok ? success([comparison.value]) : comparison;
}

/** That there is a compiler has been seen before. */
async function measureUdpWithTools(input: PartInput): Promise<Outcome<Comparison>> {
  const tools = compileUdpTools(findCompiler() ?? "cc", input.context.scratch);
  return tools.ok ? await measureUdp(input, tools.value) : tools;
}

/** Undefined, with a word, where the relay can't be compiled. */
function findFloor({ scratch, say }: BenchContext): string | undefined {
  const compiler = findCompiler();
  if (compiler === undefined) return undefined;
  const compiled = compileFloor(compiler, scratch);
  if (compiled.ok) return compiled.value;
  say(compiled.fault);
  return undefined;
}
