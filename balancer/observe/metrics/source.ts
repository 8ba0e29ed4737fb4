import type { Counts } from "../counts.ts";
import type { MainStatus } from "../main-status.ts";
import type { NamedGroup } from "../status.ts";

/** What a scrape looks at. */
export interface MetricsSource {
  readonly version: string;
  /** The start of the process, in seconds since 1970. */
  readonly startedAtSeconds: number;
  readonly counts: Counts;
  /** As they are now, those of registered servers included. */
  readonly groups: () => Iterable<NamedGroup>;
  readonly mainStatus: () => MainStatus;
}
