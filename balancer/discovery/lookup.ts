import type { TargetConfig } from "../config/schema.ts";

/** What one look at a place that lists targets has given. */
export type LookupResult =
  | {
      readonly kind: "found";
      /** Each id once. */
      readonly targets: readonly TargetConfig[];
      /** What the place lists and no target could be made of, for people. */
      readonly faults: readonly string[];
      /** How long the place itself says that this holds. */
      readonly validForMs?: number;
    }
  /** `fault` is for people. */
  | { readonly kind: "failed"; readonly fault: string };

/** Looks once, in bounded time; what can go wrong is in the result. Given up when `signal` is aborted. */
export type Lookup = (signal: AbortSignal) => Promise<LookupResult>;

/** How often to look. */
export interface Pace {
  /** Between two looks at least, and after a first failure. */
  readonly minMs: number;
  /** Between two looks at most, and where the answer does not say how long it holds. */
  readonly maxMs: number;
  /** After many failures in a row, to which the pause grows by doubling. */
  readonly retryMaxMs: number;
}
