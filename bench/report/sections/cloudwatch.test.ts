import { expect, test } from "bun:test";
import { renderHtml } from "../html-page.ts";
import { sampleReport } from "../report.fixture.ts";
import { reportDocument } from "../report-document.ts";
import { renderText } from "../terminal.ts";

test("what CloudWatch has is shown, and what it has not is said", async () => {
  const cloudWatch = {
    region: "eu-central-1",
    namespace: "Ballast",
    from: "2026-01-05T10:00:00.000Z",
    to: "2026-01-05T10:03:00.000Z",
    clusters: [
      {
        cluster: "cluster1",
        requests: 1000,
        serverErrors: 0,
        healthyTargets: 4,
        averageMs: 12.34,
        p50Ms: 10,
        p99Ms: null,
      },
    ],
    instances: [{ id: "i-0123456789abcdef0", averageCpu: 41.26, maximumCpu: null }],
  };
  const report = { ...(await sampleReport()), cloudWatch };
  const text = renderText(report);
  expect(text).toMatch(/cluster1 +1\s000 +0 +4 +12\.3 +10\.0 +no data/);
  expect(text).toMatch(/i-0123456789abcdef0 +41\.3 +no data/);
  expect(renderHtml(reportDocument(report))).toContain("namespace Ballast");
});
