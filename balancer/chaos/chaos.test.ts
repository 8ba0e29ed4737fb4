import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChaosSetup, runChaos } from "./run.ts";
import { faultsOf } from "./verdict.ts";

/** `CHAOS_SEED` for another course of events. */
const seed = Number(process.env.CHAOS_SEED ?? 1);

const runs: readonly Omit<ChaosSetup, "seed">[] = [
  { edge: "wire", workers: 1, rounds: 6, reloads: 50, takeovers: 2 },
  { edge: "wire", workers: 2, rounds: 1, reloads: 8, takeovers: 1 },
  { edge: "serve", workers: 1, rounds: 1, reloads: 8, takeovers: 1 },
];

test.each(runs)(
  "the edge $edge, $workers workers: $rounds rounds of faults, $reloads reloads, $takeovers takeovers",
  async (run) => {
    const directory = mkdtempSync(join(tmpdir(), "ballast-chaos-"));
    try {
      const record = await runChaos({ ...run, seed }, directory);
      const { requests, arrivals, troubles } = record;
      const lost = requests.filter(({ end }) => end !== 200).length;
      console.log(
        `CHAOS_SEED=${seed}: ${requests.length} requests, ${arrivals.length} attempts that arrived, ${troubles.length} faults, ${lost} POSTs lost`,
      );
      const faults = faultsOf(record);
      if (faults.length > 0) console.log(record.log, troubles);
      expect(faults).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
  60_000,
);
