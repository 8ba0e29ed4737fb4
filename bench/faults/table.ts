import type { Block, Cell, Document } from "../report/document.ts";
import { ms, percent, whole } from "../report/format.ts";
import type { FaultFigures, FaultPlan, FaultRow } from "./measure.ts";

/** A row for each fault; for each proxy what was lost, the p99, and what the faulty server got. */
export function faultTable(rows: readonly FaultRow[]): {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const names = Object.keys(rows[0]?.figures ?? {});
  return {
    columns: ["fault of one of nine", ...names.flatMap((name) => [`${name} lost`, "p99 ms", "its share"])],
    rows: rows.map(({ fault, figures }) => [fault, ...names.flatMap((name) => cells(figures[name]))]),
  };
}

function cells(figures: FaultFigures | undefined): string[] {
  if (figures === undefined) return ["", "", ""];
  return [whole(figures.lost), ms(figures.p99Us), percent(figures.share)];
}

/** Where another loses fewer requests than Ballast, a line each. */
export function behindAnywhere(rows: readonly FaultRow[]): string[] {
  return rows.flatMap(({ fault, figures }) => {
    const [own, ...others] = Object.entries(figures);
    if (own === undefined) return [];
    return others
      .filter(([, { lost }]) => lost < own[1].lost)
      .map(([name, { lost }]) => `${fault}: ${own[0]} lost ${own[1].lost}, ${name} only ${lost}`);
  });
}

export function faultsDocument(rows: readonly FaultRow[], plan: FaultPlan): Document {
  const table = faultTable(rows);
  const names = Object.keys(rows[0]?.figures ?? {});
  const chart: Block = {
    kind: "figure",
    caption:
      "p99 of all requests, the faulty third included; each step of the scale is ten times the one below.",
    chart: {
      kind: "bars",
      categories: rows.map(({ fault }) => fault),
      series: names.map((name, colour) => ({
        name,
        colour,
        values: rows.map(({ figures }) => (figures[name]?.p99Us ?? 0) / 1000),
      })),
      y: { title: "p99, ms", scale: "log", format: (value) => ms(value * 1000) },
      arrangement: "grouped",
    },
  };
  return {
    title: "Faults behind each proxy",
    subtitle: `${plan.ratePerSecond} requests/s, an open loop; of three phases of ${plan.phaseMs / 1000} s one of nine servers fails in the second`,
    sections: [
      {
        blocks: [
          {
            kind: "table",
            columns: table.columns,
            rows: table.rows.map((row) =>
              row.map(
                (text, column): Cell => (column % 3 === 1 && text !== "0" ? { text, tone: "bad" } : { text }),
              ),
            ),
          },
          chart,
        ],
      },
    ],
  };
}
