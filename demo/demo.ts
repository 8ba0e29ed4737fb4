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
