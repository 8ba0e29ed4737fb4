import { expect, test } from "bun:test";
import { join } from "node:path";
import { renderMetricsPage } from "./metrics-docs.ts";

test("docs/observability.md has every metric that there is", async () => {
  const page = await Bun.file(join(import.meta.dir, "..", "docs", "observability.md")).text();
  // When it fails: bun scripts/metrics-docs.ts
  expect(renderMetricsPage(page)).toBe(page);
});
