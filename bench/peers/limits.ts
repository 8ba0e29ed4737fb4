import type { PeersResult } from "./results.ts";

/** A ratio of ours to a peer's, and how large it may be. */
export interface Verdict {
  readonly criterion: string;
  readonly ratio: number;
  readonly limit: number;
}

const ours = "ballast ewma";

/** The limits that the figures at hand can be held to. */
export function verdicts({ cpu, tails }: PeersResult): Verdict[] {
  const cpuOf = (name: string) => cpu?.rows.find((row) => row.name === name)?.median.cpuUsPerRequest;
  const strong = tails.find(({ scenario }) => scenario === "strong");
  const p99Of = (name: string) => strong?.rows.find((row) => row.name === name)?.cold.p99Us;
  return [
    ...compare("CPU per request", cpuOf, "nginx least_conn", 1.5),
    ...compare("p99 before unlike servers", p99Of, "nginx least_conn", 1 / 3),
    ...compare("p99 before unlike servers", p99Of, "HAProxy leastconn", 1 / 3),
  ];
}

export function holds({ ratio, limit }: Verdict): boolean {
  return ratio <= limit;
}

/** None when one of the two was not measured. */
function compare(
  figure: string,
  of: (name: string) => number | undefined,
  peer: string,
  limit: number,
): Verdict[] {
  const own = of(ours);
  const other = of(peer);
  if (own === undefined || other === undefined) return [];
  return [{ criterion: `${figure}, ÷ ${peer}`, ratio: own / other, limit }];
}
