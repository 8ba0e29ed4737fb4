import type { Document } from "./document.ts";
import type { Report } from "./report.ts";
import { baselineSection } from "./sections/baseline.ts";
import { cloudWatchSection } from "./sections/cloudwatch.ts";
import { clusterSection } from "./sections/cluster.ts";
import { latencySection, timeSection } from "./sections/latency.ts";
import { loadSection, othersSection } from "./sections/others.ts";
import { overviewSection } from "./sections/overview.ts";
import { methodSection, setupSection } from "./sections/setup.ts";
import { describeSubject } from "./summary.ts";

/** The report as a document, the same in HTML and in LaTeX; with a baseline it also shows the difference. */
export function reportDocument(report: Report, baseline?: Report): Document {
  const when = report.createdAt.slice(0, 16).replace("T", " ");
  return {
    title: "Benchmark report",
    subtitle: `${describeSubject(report)} · ${when} UTC`,
    sections: [
      overviewSection(report),
      setupSection(report),
      methodSection(report),
      ...(baseline === undefined ? [] : [baselineSection(baseline, report)]),
      ...(report.cloudWatch === undefined ? [] : [cloudWatchSection(report.cloudWatch)]),
      ...(report.others.length === 0 ? [] : [othersSection(report)]),
      ...(report.steps.length === 0 ? [] : [loadSection(report)]),
      latencySection(report),
      timeSection(report),
      ...report.runs.map(clusterSection),
    ],
  };
}
