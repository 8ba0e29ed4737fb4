import type { LoadResult } from "../../load/result.ts";
import type { Block, Section } from "../document.ts";
import { ms, whole } from "../format.ts";
import { type Report, subjectName } from "../report.ts";
import { describeSubject, isBurst } from "../summary.ts";

/** What stood where, and on what machine. */
export function setupSection(report: Report): Section {
  const { machine, clusters, others } = report;
  const servers: Block[] =
    clusters === undefined
      ? []
      : [
          {
            kind: "table",
            columns: ["cluster", "machine of each server", "servers", "ids"],
            rows: clusters.map(({ name, machine, targets }, colour) => [
              { text: name, colour },
              machine,
              `${targets.length}`,
              targets.join(" "),
            ]),
          },
        ];
  const host = `${machine.cpu}, ${machine.cores} cores, ${whole(machine.memoryMiB)} MiB, ${machine.os}`;
  return {
    heading: "Set-up",
    blocks: [
      ...servers,
      {
        kind: "facts",
        entries: [
          ["Measured system", describeSubject(report)],
          ...(others.length === 0 ? [] : [["Beside it", others.map(title).join(", ")] as const]),
          ["Load generator", `ballast bench, HTTP/1.1, on Bun ${machine.bun}`],
          [report.subject.kind === "lab" ? "Everything on one machine" : "Load came from", host],
          ...(report.command === undefined ? [] : [["Command", report.command] as const]),
        ],
      },
    ],
  };
}

function title({ name, version }: Report["others"][number]): string {
  return version === undefined ? name : `${name} (${version})`;
}

/** How the figures came about, and what they can't say. */
export function methodSection(report: Report): Section {
  const texts = [
    isBurst(report)
      ? "All connections to a cluster were opened first. Then each sent one request at the same moment, so that the last answer tells how long the whole cluster worked on them."
      : "Requests were sent by a schedule that does not wait for answers, or by connections that send their next request when the last was answered, as the line on the load says; an open loop counts latency from the moment at which a request was due.",
    "Latency is from a request's intended start to the last byte of its answer, of every answered request, whatever its status, in an HdrHistogram of three significant digits. Failed are requests without an answer, and answers with a status of 400 or above; requests without an answer have no latency, so look at the failures first.",
    ...(report.steps.length === 0
      ? []
      : [
          "Latency against load comes from runs of their own, an open loop with Poisson arrivals for each rate, the lowest first.",
        ]),
    ...(report.others.length === 0
      ? []
      : [
          `${report.others.map(({ name }) => name).join(", ")} had the same load with the same seeds in the same run, after ${subjectName(report)}; where the benchmark started them, servers were started anew for each.`,
        ]),
  ];
  const each = (text: (run: Report["runs"][number]) => string) =>
    report.runs.map((run) => `${run.cluster} ${text(run)}`).join(", ");
  return {
    heading: "Method",
    blocks: [
      ...texts.map((text): Block => ({ kind: "text", text })),
      {
        kind: "facts",
        entries: [
          ["Connections open at once", each(({ result }) => whole(result.peakConnections))],
          ["Time to open them ahead", each(({ result }) => connectTime(result))],
          ["Sent again on a fresh connection", each(({ result }) => whole(result.retries))],
          [
            "Generator behind schedule by at most",
            each(({ result }) => `${ms(result.maxScheduleLagMs * 1000)} ms`),
          ],
          ["Seed", each(({ result }) => `${result.plan.seed}`)],
        ],
      },
    ],
  };
}

/** An open loop opens its connections as it needs them. */
function connectTime({ plan, connectMs }: LoadResult): string {
  return plan.shape.kind === "closed" ? `${ms(connectMs * 1000)} ms` : "none opened ahead";
}
