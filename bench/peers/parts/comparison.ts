import { type Outcome, success } from "../../outcome.ts";
import type { BenchContext } from "../bench-context.ts";
import type { Setup } from "../running-peer.ts";
import type { InstalledPeer } from "../subjects.ts";
import type { RoundPlan } from "./part.ts";
import { type Contender, type Turns, takeTurns, withAll } from "./side-by-side.ts";
import { type CpuRow, cpuRow } from "./slice.ts";

const comparisonParts = ["cpu", "large", "connections", "http2", "tcp", "tcp-large", "udp"] as const;
export type ComparisonPart = (typeof comparisonParts)[number];

/** The same load through several proxies. */
export interface Comparison extends Turns {
  readonly part: ComparisonPart;
  readonly heading: string;
  /** What one request is here: `request`, `answer`, `connection`. */
  readonly unit: string;
  /** The load, in words. */
  readonly load: string;
  readonly origin: string;
  /** Ours is the first one. */
  readonly rows: readonly CpuRow[];
}

/** What is compared, and how. */
export interface ComparisonPlan extends Pick<Comparison, "part" | "heading" | "unit" | "origin"> {
  readonly subjects: readonly InstalledPeer[];
  readonly setup: Setup;
  readonly plan: RoundPlan;
  readonly rounds: number;
}

/** Measures the proxies side by side, in rounds for which they are started anew. */
export async function compare(
  context: BenchContext,
  { subjects, setup, plan, rounds, ...words }: ComparisonPlan,
): Promise<Outcome<Comparison>> {
  const { load, warmups, together, leadInMs, sliceMs, turns } = plan;
  const contenders = subjects.map(
    (subject): Contender => ({ context, subject, setup, load, warmups, slices: [] }),
  );
  for (let round = 1; round <= rounds; round++) {
    const outcome = await withAll(contenders, (running) => takeTurns(running, plan, `round ${round}`));
    if (!outcome.ok) return outcome;
  }
  return success({
    ...words,
    load: load.description,
    together,
    leadInMs,
    sliceMs,
    turns,
    rows: contenders.map(({ subject, slices }) => cpuRow(subject, slices)),
  });
}
