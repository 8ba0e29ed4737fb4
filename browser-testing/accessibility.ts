import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/** What axe-core holds against the page as it is now: WCAG and its own best practices, a line for each element concerned. */
export async function accessibilityFaults(page: Page): Promise<readonly string[]> {
  // Of all that was looked at, only what is wrong: the rest is much to carry over.
  const violations = await page.evaluate<AxeResults["violations"]>(
    `${axe.source};\naxe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations)`,
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html}${explanation(node.failureSummary)}`),
  );
}

function explanation(summary: string | undefined): string {
  return summary === undefined ? "" : ` (${summary.replaceAll(/\s+/g, " ")})`;
}
