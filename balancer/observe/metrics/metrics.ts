import { Exposition, type MetricsFormat } from "./exposition.ts";
import type { Family } from "./family.ts";
import { groupFamilies } from "./group-families.ts";
import { listenerFamilies } from "./listener-families.ts";
import { processFamilies } from "./process-families.ts";
import type { MetricsSource } from "./source.ts";
import { streamFamilies } from "./stream-families.ts";
import { targetFamilies } from "./target-families.ts";

/** Every metric that there is, in the order of a scrape. */
export const families: readonly Family[] = [
  ...listenerFamilies,
  ...groupFamilies,
  ...targetFamilies,
  ...streamFamilies,
  ...processFamilies,
];

/** The text of one scrape. */
export function metricsText(source: MetricsSource, format: MetricsFormat): string {
  const out = new Exposition(format);
  for (const family of families) {
    out.begin(family);
    family.write(out, source);
  }
  return out.end();
}
