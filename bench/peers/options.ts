import { parseDurationMs } from "../../balancer/config/duration.ts";
import { parseStrictly } from "../commands/parse-strictly.ts";
import { failure, type Outcome, success } from "../outcome.ts";
import { type EdgeName, edgeNames } from "./ballast.ts";
import { bestGenerator, type GeneratorName, generatorNames } from "./generators/closed-loop.ts";
import { type ScenarioName, scenarioNames } from "./parts/scenarios.ts";
import { type PeerProgram, peerPrograms } from "./subjects.ts";

const cpuParts = ["cpu", "large", "connections", "http2", "workers", "scale", "tcp", "udp"] as const;
const parts = [...cpuParts, "tails"] as const;
export type Part = (typeof parts)[number];

/** The command line of `bench peers`. */
export interface PeersOptions {
  readonly help: boolean;
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
  help: { type: "boolean", short: "h" },
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
  json: { type: "boolean" },
} as const;

/** CPU time is counted in steps of 10 ms: of this long, a step is less than half a percent. */
const shortestRoundMs = 3000;
const shortestTailsMs = 1000;

/** All faults at once, a line each. */
export function parsePeersOptions(args: readonly string[]): Outcome<PeersOptions> {
  const parsed = parseStrictly(args, optionTypes);
  if (!parsed.ok) return parsed;
  const values = parsed.value;
  const faults: string[] = [];
  const refuse = (name: string, found: string, expected: string) => {
    faults.push(`--${name}: found ${JSON.stringify(found)}, expected ${expected}`);
  };
  const names = <Name extends string>(
    option: "part" | "peers" | "generator" | "edge" | "scenario",
    known: readonly Name[],
    absent: readonly Name[],
  ): readonly Name[] => {
    const text = values[option];
    if (text === undefined) return absent;
    const found = [...new Set(text.split(","))].map((name) => known.find((candidate) => candidate === name));
    const valid = found.filter((name) => name !== undefined);
    if (valid.length < found.length) refuse(option, text, `of ${known.join(", ")}, with commas between`);
    return valid;
  };
  const duration = (option: "round-duration" | "tails-duration", shortestMs: number, absentMs: number) => {
    const text = values[option];
    if (text === undefined) return absentMs;
    const ms = parseDurationMs(text);
    if (ms !== undefined && ms >= shortestMs) return ms;
    refuse(option, text, `a duration such as "10s", of ${shortestMs / 1000}s or more`);
    return absentMs;
  };

  const one = <Name extends string>(
    option: "generator" | "edge",
    known: readonly Name[],
    absent: Name,
  ): Name => {
    const found = names(option, known, [absent]);
    if (found.length > 1) refuse(option, values[option] ?? "", "only one");
    return found[0] ?? absent;
  };

  const rounds = values.rounds ?? "3";
  if (!/^[1-9]\d?$/.test(rounds)) refuse("rounds", rounds, "a whole number from 1 to 99");
  const options: PeersOptions = {
    help: values.help ?? false,
    parts: values.part === "all" ? parts : names("part", parts, cpuParts),
    peers: names("peers", peerPrograms, peerPrograms),
    rounds: Number(rounds),
    roundDurationMs: duration("round-duration", shortestRoundMs, 5000),
    generator: one("generator", generatorNames, bestGenerator()),
    edge: one("edge", edgeNames, "wire"),
    scenarios: names("scenario", scenarioNames, ["strong"]),
    tailsDurationMs: duration("tails-duration", shortestTailsMs, 15_000),
    balancer: values.balancer,
    check: values.check ?? false,
    out: values.out ?? "report",
    json: values.json ?? false,
  };
  return faults.length === 0 ? success(options) : failure(faults.join("\n"));
}
