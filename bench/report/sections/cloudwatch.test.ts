import { expect, test } from "bun:test";
import { renderHtml } from "../html-page.ts";
import { sampleReport, withEverySection } from "../report.fixture.ts";
import { reportDocument } from "../report-document.ts";
import { renderText } from "../terminal.ts";

test("what CloudWatch has is shown, and what it has not is said", async () => {
  const report = withEverySection(await sampleReport());
  const text = renderText(report);
  expect(text).toMatch(/cluster1 +1\s000 +0 +4 +12\.3 +10\.0 +no data/);
  expect(text).toMatch(/i-0123456789abcdef0 +41\.3 +no data/);
  expect(renderHtml(reportDocument(report))).toContain("namespace Ballast");
});
