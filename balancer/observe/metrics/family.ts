import type { Exposition, FamilyHead } from "./exposition.ts";
import type { MetricsSource } from "./source.ts";

/** A metric: what it is, and how its samples come about. */
export interface Family extends FamilyHead {
  /** For the docs. */
  readonly labels: readonly string[];
  readonly write: (out: Exposition, source: MetricsSource) => void;
}
