import { readOptions } from "../commands/read-options.ts";
import type { Outcome } from "../outcome.ts";
import { type EdgeName, edgeNames } from "./ballast.ts";
import { bestGenerator, type GeneratorName, generatorNames } from "./generators/closed-loop.ts";
import { type ScenarioName, scenarioNames } from "./parts/scenarios.ts";
import { type PeerProgram, peerPrograms } from "./subjects.ts";

const cpuParts = ["cpu", "large", "connections", "http2", "workers", "scale", "tcp", "udp"] as const;
const parts = [...cpuParts, "tails"] as const;
export type Part = (typeof parts)[number];

/** The command line of `bench peers`. */
export interface PeersOptions {
  readonly parts: readonly Part[];
  readonly peers: readonly PeerProgram[];
  readonly rounds: number;
  /** Of every part but `tails`. */
  readonly roundDurationMs: number;
  readonly generator: GeneratorName;
  readonly edge: EdgeName;
  readonly scenarios: readonly ScenarioName[];
  readonly tailsDurationMs: number;
  /** Executable of the balancer; undefined to compile it. */
  readonly balancer: string | undefined;
  readonly check: boolean;
  readonly out: string;
  readonly json: boolean;
}

const optionTypes = {
  part: { type: "string" },
  peers: { type: "string" },
  rounds: { type: "string" },
  "round-duration": { type: "string" },
  generator: { type: "string" },
  edge: { type: "string" },
  scenario: { type: "string" },
  "tails-duration": { type: "string" },
  balancer: { type: "string" },
  check: { type: "boolean" },
  out: { type: "string" },
} as const;

/** Slices that are much shorter than usual say little but how cold the caches were. */
const shortestRoundMs = 3000;
const shortestTailsMs = 1000;

/** All faults at once, a line each. */
export function parsePeersOptions(args: readonly string[]): Outcome<PeersOptions | "help"> {
  return readOptions(args, optionTypes, (values, reader) => {
    const chosen = values.part === "all" ? parts : (reader.names("part", parts) ?? cpuParts);
    for (const name of ["scenario", "tails-duration"] as const)
      if (values[name] !== undefined && !chosen.includes("tails"))
        reader.addFault(`--${name} has no effect without --part tails`);
    return {
      parts: chosen,
      peers: reader.names("peers", peerPrograms) ?? peerPrograms,
      rounds: reader.whole("rounds", 1, 99) ?? 3,
      roundDurationMs: reader.durationMs("round-duration", shortestRoundMs) ?? 6000,
      generator: reader.one("generator", generatorNames) ?? bestGenerator(),
      edge: reader.one("edge", edgeNames) ?? "wire",
      scenarios: reader.names("scenario", scenarioNames) ?? ["strong"],
      tailsDurationMs: reader.durationMs("tails-duration", shortestTailsMs) ?? 15_000,
      balancer: values.balancer,
      check: values.check ?? false,
      out: values.out ?? "report",
      json: values.json,
    };
  });
}
