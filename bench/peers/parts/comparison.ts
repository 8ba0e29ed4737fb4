import { type Outcome, success } from "../../outcome.ts";
import type { BenchContext } from "../bench-context.ts";
import { type Setup, withPeer } from "../running-peer.ts";
import type { InstalledPeer } from "../subjects.ts";
import {
  type CpuRound,
  type CpuRow,
  cpuRow,
  describeRound,
  measureRound,
  quietest,
  type RoundPlan,
} from "./round.ts";

const comparisonParts = ["cpu", "large", "connections", "http2", "tcp", "tcp-large", "udp"] as const;
export type ComparisonPart = (typeof comparisonParts)[number];

/** The same load through several proxies. */
export interface Comparison {
  readonly part: ComparisonPart;
  readonly heading: string;
  /** What one request is here: `request`, `answer`, `connection`. */
  readonly unit: string;
  /** The load, in words. */
  readonly load: string;
  readonly origin: string;
  readonly durationMs: number;
  /** Ours is the first one. */
  readonly rows: readonly CpuRow[];
}

/** What is compared, and how. */
export interface ComparisonPlan extends Pick<Comparison, "part" | "heading" | "unit" | "origin"> {
  readonly subjects: readonly InstalledPeer[];
  readonly setup: Setup;
  /** Of one round. */
  readonly plan: RoundPlan;
  readonly rounds: number;
}

/** Measures the proxies one after the other in every round (A B C, A B C), started anew each time. */
export async function compare(
  context: BenchContext,
  { subjects, setup, plan, rounds, ...words }: ComparisonPlan,
): Promise<Outcome<Comparison>> {
  const measured = new Map<InstalledPeer, CpuRound[]>(subjects.map((subject) => [subject, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const [subject, own] of measured) {
      const outcome = await quietest(subject.peer.name, context.say, () =>
        withPeer(context, subject, setup, (running) => measureRound(context, running, plan)),
      );
      if (!outcome.ok) return outcome;
      own.push(outcome.value);
      context.say(`round ${round}: ${subject.peer.name} ${describeRound(outcome.value)}`);
    }
  }
  return success({
    ...words,
    load: plan.load.description,
    durationMs: plan.durationMs,
    rows: [...measured].map(([subject, own]) => cpuRow(subject, own)),
  });
}
