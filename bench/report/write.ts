import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { renderHtml } from "./html-page.ts";
import type { Report } from "./report.ts";
import { reportDocument } from "./report-document.ts";
import { renderTex } from "./tex.ts";

/** Writes `index.html`, `report.json` and `report.tex` into `directory`, which is created if need be. */
export async function writeReport(directory: string, report: Report, baseline?: Report): Promise<void> {
  const document = reportDocument(report, baseline);
  await mkdir(directory, { recursive: true });
  await Promise.all([
    Bun.write(join(directory, "index.html"), renderHtml(document)),
    Bun.write(join(directory, "report.json"), `${JSON.stringify(report, null, 2)}\n`),
    Bun.write(join(directory, "report.tex"), renderTex(document)),
  ]);
}
