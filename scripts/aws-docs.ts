/** `bun scripts/aws-docs.ts`: writes the tables of docs/aws-costs.md and docs/aws.md from the stacks. */
import { join } from "node:path";
import { costItems, dollars, totalOf } from "../stacks/costs.ts";
import { priceDate, priceRegion } from "../stacks/prices.ts";
import { readSettings, settingPaths, variableOf } from "../stacks/read-settings.ts";
import { synthesize, variants } from "../stacks/testing/synthesis.ts";
import { replacePart } from "./page-part.ts";

const docs = join(import.meta.dir, "..", "docs");
const marker = (name: string) => `<!-- ${name}: written by scripts/aws-docs.ts -->`;

/** The pages with tables, and how each is made. */
export const pages = [
  { file: join(docs, "aws.md"), name: "settings", table: settingsTable },
  { file: join(docs, "aws-costs.md"), name: "prices", table: priceTables },
] as const;

/** The page with the table between its two markers made anew. */
export function renderTable(page: string, name: string, table: string): string {
  return replacePart(page, marker(name), table);
}

function settingsTable(): string {
  const read = readSettings({}, {});
  if (!read.ok) throw new Error(read.faults.join("\n"));
  const rows = settingPaths().map(({ path, description }) => {
    const value = path.reduce<unknown>(
      (inner, key) => (inner as Record<string, unknown>)?.[key],
      read.settings,
    );
    const shown = value === undefined ? "" : `\`${JSON.stringify(value)}\``;
    return `| \`${path.join(".")}\` | ${shown} | ${description} |`;
  });
  return `| setting | default | |\n|---|---|---|\n${rows.join("\n")}\n\nIn the environment, \`lab.cluster1.count\` is \`${variableOf(["lab", "cluster1", "count"])}\`, and so on.`;
}

function priceTables(): string {
  const shown = variants.filter(([title]) => ["lab", "lab with alb", "primes", "fleet"].includes(title));
  const tables = shown.map(([title, name, context]) => {
    const stack = synthesize(name, context);
    const most = totalOf(costItems(stack, "most"));
    const least = totalOf(costItems(stack));
    const range = most === least ? "" : `, at its largest ${dollars(most)}`;
    const rows = costItems(stack).map(
      ({ item, count, usdPerHour }) => `| ${count} | ${item} | ${dollars(usdPerHour)} |`,
    );
    return `## \`${title.replace(" with alb", "` with `alb: true")}\`: ${dollars(least)} an hour${range}\n\n| | item | an hour |\n|---|---|---|\n${rows.join("\n")}`;
  });
  return `List prices on demand in ${priceRegion}, ${priceDate}, with all settings at their defaults.\n\n${tables.join("\n\n")}`;
}

if (import.meta.main) {
  for (const { file, name, table } of pages)
    await Bun.write(file, renderTable(await Bun.file(file).text(), name, table()));
}
