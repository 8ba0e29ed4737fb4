import type { Block, Section } from "../document.ts";
import { ms, percent, whole } from "../format.ts";
import { type Run, targetShares } from "../report.ts";
import { faults } from "../summary.ts";

/** One cluster: how its answers were spread over time and over its targets. */
export function clusterSection(run: Run, colour: number): Section {
  const { cluster, result } = run;
  const { latency } = result;
  return {
    heading: cluster,
    blocks: [
      ...faults(run).map((text): Block => ({ kind: "verdict", good: false, text: `${text}.` })),
      {
        kind: "table",
        caption: "Latency, ms",
        columns: ["cluster", "least", "mean", "p50", "p90", "p99", "p99.9", "most"],
        rows: [
          [
            { text: cluster, colour },
            ...[
              latency.minUs,
              latency.meanUs,
              latency.p50Us,
              latency.p90Us,
              latency.p99Us,
              latency.p999Us,
              latency.maxUs,
            ].map(ms),
          ],
        ],
      },
      {
        kind: "table",
        caption: "Answers by status",
        columns: ["status", "answers"],
        rows: Object.entries(result.statuses).map(([status, answers]) => [status, whole(answers)]),
      },
      ...targets(run, colour),
    ],
  };
}

function targets({ cluster, result }: Run, colour: number): readonly Block[] {
  const shares = targetShares(result);
  if (shares.length === 0) {
    const text = "The answers named no target: neither x-ballast-target nor an instance in a JSON body.";
    return [{ kind: "text", note: true, text }];
  }
  return [
    {
      kind: "figure",
      caption: `Answers of ${cluster} by the target that gave them.`,
      chart: {
        kind: "bars",
        categories: shares.map(({ target }) => target),
        series: [{ name: cluster, colour, values: shares.map(({ requests }) => requests) }],
        y: { title: "answers" },
        arrangement: "grouped",
      },
    },
    {
      kind: "table",
      caption: "Answers by target",
      columns: ["target", "requests", "share", "p50 ms", "p99 ms"],
      rows: shares.map(({ target, requests, share }) => [
        target,
        whole(requests),
        percent(share),
        ms(result.targets[target]?.p50Us ?? 0),
        ms(result.targets[target]?.p99Us ?? 0),
      ]),
    },
  ];
}
