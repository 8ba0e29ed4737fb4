import type { Outcome } from "../bench/outcome.ts";
import type { Program } from "./programs.ts";

/** A running demo. */
export interface Demo {
  /** Where its pages are. */
  readonly url: string;
  /** What runs for it. */
  readonly programs: readonly Program[];
  /** What to try, in sentences for people. */
  readonly hints: readonly string[];
  /** Ends all of it; resolves when nothing is left. */
  stop(): Promise<void>;
}

/** How a demo is started. */
export interface DemoOptions {
  /** Of its pages; 0 for a free one. */
  readonly port: number;
  /** Gives up starting. */
  readonly signal: AbortSignal;
}

/** For tests and pictures: the demo, on a free port; throws when it can't be had. */
export async function startForTest(start: (options: DemoOptions) => Promise<Outcome<Demo>>): Promise<Demo> {
  const started = await start({ port: 0, signal: new AbortController().signal });
  if (!started.ok) throw new Error(started.fault);
  return started.value;
}
