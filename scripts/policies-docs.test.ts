import { expect, test } from "bun:test";
import { join } from "node:path";
import { cell, columns, summaryOf } from "./policies-docs.ts";

test("docs/policies.md says what the simulator says", async () => {
  const page = await Bun.file(join(import.meta.dir, "..", "docs", "policies.md")).text();
  const row = /^\| \*\*ewma\*\* \| (.*) \|$/m.exec(page)?.[1]?.split(" | ");
  const simulated = (["lab-60", "strong-60", "turns-slow"] as const).map((name) => {
    const shown = row?.[Object.keys(columns).indexOf(name)];
    return { name, shown, says: cell(summaryOf(name, ["ewma"]), "ewma") };
  });
  // When it fails: bun scripts/policies-docs.ts
  for (const { name, shown, says } of simulated) expect({ name, shown }).toEqual({ name, shown: says });
});
