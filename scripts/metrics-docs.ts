/** `bun scripts/metrics-docs.ts`: writes the table of metrics in docs/observability.md from the code. */
import { join } from "node:path";
import { families } from "../balancer/observe/metrics/metrics.ts";

const file = join(import.meta.dir, "..", "docs", "observability.md");
const marker = "<!-- From here on written by scripts/metrics-docs.ts from the code. -->";

/** The whole page: what stands above the marker, and the table. */
export function renderMetricsPage(page: string): string {
  const rows = families.map(({ name, type, labels, help }) => {
    const shown = type === "counter" ? `${name}_total` : name;
    const labelText = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${shown}\` | ${type} | ${labelText} | ${help} |`;
  });
  const above = page.slice(0, page.indexOf(marker));
  return `${above}${marker}\n\n| metric | type | labels | |\n|---|---|---|---|\n${rows.join("\n")}\n`;
}

if (import.meta.main) await Bun.write(file, renderMetricsPage(await Bun.file(file).text()));
