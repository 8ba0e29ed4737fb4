import { expect, test } from "bun:test";
import fc from "fast-check";
import { faults } from "../../bench/faults/faults.ts";
import { seededRandom } from "../cluster/random.ts";
import { parseConfig } from "../config/load.ts";
import { chaosConfig } from "./config.ts";
import { mostFaulty, planChanges, planRounds, serverCount } from "./plan.ts";

const seeds = fc.nat(1_000_000);

test("at most three servers are in trouble at once, and every kind of fault comes up", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const rounds = planRounds(seededRandom(seed), 6, faults.length);
      for (const round of rounds) expect(new Set(round.map(({ server }) => server)).size).toBe(mostFaulty);
      const kinds = new Set(rounds.flat().map(({ fault }) => fault));
      expect(kinds.size).toBe(faults.length);
    }),
  );
});

test("every change is a config that the balancer takes, with sound targets besides the faulty ones", () => {
  const targets = Array.from({ length: serverCount }, (_, index) => ({
    id: `s-${index}`,
    port: 9000 + index,
  }));
  fc.assert(
    fc.property(seeds, (seed) => {
      for (const change of planChanges(seededRandom(seed), 10)) {
        expect(change.removed.length + mostFaulty).toBeLessThan(serverCount - 2);
        const config = chaosConfig({ edge: "wire", workers: 1, port: 8080, targets }, change);
        expect(parseConfig(JSON.stringify(config), "lb.json").ok).toBe(true);
      }
    }),
    { numRuns: 30 },
  );
});
