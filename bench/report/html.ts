import { type Axis, barChart, type Line, lineChart } from "./charts.ts";
import { compareReports, formatRelative } from "./compare.ts";
import { ms, percent, whole } from "./format.ts";
import { type Block, type Cell, renderPage, type Section } from "./page.ts";
import { type Report, targetShares } from "./report.ts";
import { describeLoad, describeSubject, faults, figures } from "./summary.ts";

/** The report as one HTML page; with a baseline it also shows the difference. */
export function renderHtml(report: Report, baseline?: Report): string {
  const sections = [
    overview(report),
    ...(baseline === undefined ? [] : [comparison(baseline, report)]),
    latency(report),
    overTime(report),
    targets(report),
    conditions(report),
  ];
  const when = report.createdAt.slice(0, 16).replace("T", " ");
  return renderPage("Benchmark report", sections, `${describeSubject(report)} · ${when} UTC`);
}

function overview(report: Report): Section {
  const wrong = report.runs.flatMap(faults);
  const answered = report.runs.reduce((sum, { result }) => sum + result.requests, 0);
  const verdict: Block =
    wrong.length === 0
      ? {
          kind: "verdict",
          good: true,
          text: `All ${whole(answered)} requests were answered. No answer came from a wrong cluster.`,
        }
      : { kind: "verdict", good: false, text: `${wrong.join("; ")}.` };
  return {
    blocks: [
      verdict,
      {
        kind: "table",
        columns: ["cluster", ...figures.map(({ name }) => name)],
        rows: report.runs.map(({ cluster, result }, index) => [
          { text: cluster, colour: index },
          ...figures.map(({ name, value, format }): Cell => {
            const text = format(value(result));
            return name === "failed" && value(result) > 0 ? { text, tone: "bad" } : { text };
          }),
        ]),
      },
      {
        kind: "text",
        note: true,
        text: `Load: ${loads(report)}. Latencies count from the intended start of a request to the last byte of its answer.`,
      },
    ],
  };
}

/** Each run's load, once when all are the same. */
function loads(report: Report): string {
  const unlike = new Set(report.runs.map(({ result }) => describeLoad(result)));
  const [first] = unlike;
  if (unlike.size === 1 && first !== undefined)
    return `${first}${report.runs.length > 1 ? " to each cluster, one after the other" : ""}`;
  return report.runs.map(({ cluster, result }) => `${cluster} ${describeLoad(result)}`).join("; ");
}

function comparison(baseline: Report, report: Report): Section {
  const when = baseline.createdAt.slice(0, 16).replace("T", " ");
  return {
    heading: "Against the baseline",
    blocks: [
      { kind: "text", note: true, text: `Baseline: ${describeSubject(baseline)}, ${when} UTC.` },
      ...compareReports(baseline, report).map(
        ({ cluster, differences }): Block => ({
          kind: "table",
          caption: cluster,
          columns: ["", "baseline", "now", "difference"],
          rows: differences.map(({ figure, before, now, relative, verdict }) => {
            const tone =
              verdict === undefined ? {} : ({ tone: verdict === "better" ? "good" : "bad" } as const);
            return [
              figure.name,
              figure.format(before),
              figure.format(now),
              { text: formatRelative(relative), ...tone },
            ];
          }),
        }),
      ),
    ],
  };
}

/** Percentiles so that each further nine takes the same room. */
const ninesAxis: Axis = {
  title: "percentile",
  min: 0,
  max: 3,
  interval: 1,
  format: (nines) => (nines === 0 ? "0" : `${Number((100 * (1 - 10 ** -nines)).toFixed(3))}`),
};

function latency(report: Report): Section {
  const lines = report.runs.map(
    ({ cluster, result }, colour): Line => ({
      name: cluster,
      colour,
      points: result.latency.curve
        .filter(({ percentile }) => percentile <= 99.9)
        .map(({ percentile, us }) => [-Math.log10(1 - percentile / 100), us / 1000] as const),
    }),
  );
  return {
    heading: "Latency distribution",
    blocks: [
      {
        kind: "figure",
        caption:
          "So many percent of the requests were answered within this time; each further nine takes the same room.",
        draw: (size) => lineChart({ lines, x: ninesAxis, y: { title: "latency, ms" } }, size),
      },
    ],
  };
}

function overTime(report: Report): Section {
  const lines = report.runs.flatMap(({ cluster, result }, colour): Line[] => {
    const points = (us: "p50Us" | "p99Us") =>
      result.timeline.map(
        (bucket) =>
          [
            (bucket.startMs + bucket.widthMs / 2) / 1000,
            bucket.answers === 0 ? null : bucket[us] / 1000,
          ] as const,
      );
    return [
      { name: `${cluster} p50`, colour, points: points("p50Us") },
      { name: `${cluster} p99`, colour, points: points("p99Us"), dashed: true },
    ];
  });
  return {
    heading: "Latency over time",
    blocks: [
      {
        kind: "figure",
        caption: `By the time of the answer, from the start of each cluster's run.${burst(report) ? " All requests start at 0, so an answer's latency is its time of arrival; where a line ends, the last one was answered." : ""}`,
        draw: (size) => lineChart({ lines, x: { title: "time, s" }, y: { title: "latency, ms" } }, size),
      },
    ],
  };
}

function burst(report: Report): boolean {
  return report.runs.every(
    ({ result: { plan } }) => plan.shape.kind === "closed" && plan.shape.requests === plan.shape.concurrency,
  );
}

function targets(report: Report): Section {
  const categories = report.runs.flatMap(({ result }) => Object.keys(result.targets));
  if (categories.length === 0) {
    const text = "The answers named no target: neither x-ballast-target nor an instance in a JSON body.";
    return { heading: "Requests per target", blocks: [{ kind: "text", text }] };
  }
  const series = report.runs.map(({ cluster, result }, colour) => ({
    name: cluster,
    colour,
    values: categories.map((target) => result.targets[target]?.requests ?? null),
  }));
  return {
    heading: "Requests per target",
    blocks: [
      {
        kind: "figure",
        caption: "Answers by the target that gave them.",
        draw: (size) =>
          barChart({ categories, series, y: { title: "answers" }, arrangement: "stacked" }, size),
      },
      {
        kind: "table",
        columns: ["target", "cluster", "requests", "share", "p50 ms", "p99 ms"],
        rows: report.runs.flatMap(({ cluster, result }, colour) =>
          targetShares(result).map(({ target, requests, share }) => [
            { text: target, colour },
            cluster,
            whole(requests),
            percent(share),
            ms(result.targets[target]?.p50Us ?? 0),
            ms(result.targets[target]?.p99Us ?? 0),
          ]),
        ),
      },
    ],
  };
}

function conditions(report: Report): Section {
  const { machine } = report;
  const each = (text: (run: Report["runs"][number]) => string) =>
    report.runs.map((run) => `${run.cluster} ${text(run)}`).join(", ");
  return {
    heading: "How it was measured",
    blocks: [
      {
        kind: "facts",
        entries: [
          ["Connections open at once", each(({ result }) => whole(result.peakConnections))],
          ["Time to open them", each(({ result }) => `${ms(result.connectMs * 1000)} ms`)],
          ["Sent again on a fresh connection", each(({ result }) => whole(result.retries))],
          [
            "Generator behind schedule by at most",
            each(({ result }) => `${ms(result.maxScheduleLagMs * 1000)} ms`),
          ],
          ["Seed", each(({ result }) => `${result.plan.seed}`)],
          [
            "Load came from",
            `${machine.cpu}, ${machine.cores} cores, ${whole(machine.memoryMiB)} MiB, ${machine.os}, Bun ${machine.bun}`,
          ],
        ],
      },
    ],
  };
}
