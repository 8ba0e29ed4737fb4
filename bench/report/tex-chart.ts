import type { Axis, BarChart, Chart, LineChart } from "./chart.ts";
import { categoryLabels } from "./chart-layout.ts";
import { seriesColours } from "./style.ts";
import { escapeTex } from "./tex-text.ts";

/** Of the axes, in mm. */
const plotWidthMm = 150;
const pxPerMm = 96 / 25.4;
/** What letters aslant need beside the next ones. */
const aslantLabelPx = 22;

/** The chart as a pgfplots picture as wide as the text. */
export function texChart(chart: Chart): string {
  const { options, plots } = chart.kind === "lines" ? linePlots(chart) : barPlots(chart);
  if (plots.length === 0) return "Nothing was answered.";
  const common = [
    "width=\\textwidth",
    "height=68mm",
    "axis lines=left",
    "ymajorgrids",
    "grid style={rule}",
    "axis line style={rule}",
    "tick style={rule}",
    "tick label style={font=\\footnotesize}",
    "label style={font=\\footnotesize}",
    "scaled ticks=false",
    "legend style={draw=none, font=\\footnotesize, at={(0.5,1.03)}, anchor=south, legend columns=4, column sep=4pt}",
    "legend cell align=left",
  ];
  return `\\begin{tikzpicture}
\\begin{axis}[${[...common, ...options].join(",\n  ")}]
${plots.join("\n")}
\\end{axis}
\\end{tikzpicture}`;
}

interface Plots {
  readonly options: readonly string[];
  readonly plots: readonly string[];
}

function linePlots({ lines, x, y }: LineChart): Plots {
  const plots = lines.flatMap(({ name, points, colour, dashed }) => {
    const known = points.flatMap(([at, value]) =>
      value === null ? [] : [`(${number(at)},${number(value)})`],
    );
    if (known.length === 0) return [];
    const style = [seriesName(colour), "thick", ...(dashed === true ? ["dashed"] : [])];
    if (known.length < 3) style.push("mark=*");
    return [`\\addplot[${style.join(", ")}] coordinates {${known.join(" ")}};`, legend(name, lines.length)];
  });
  const points = lines.flatMap((line) => line.points);
  return {
    options: [
      ...axis("x", x),
      ...axis("y", y),
      ...decades(
        "x",
        x,
        points.map(([at]) => at),
      ),
      ...decades(
        "y",
        y,
        points.map(([, value]) => value),
      ),
      ...(y.scale === "log" || y.min !== undefined ? [] : ["ymin=0"]),
    ],
    plots,
  };
}

function barPlots({ categories, series, y, arrangement }: BarChart): Plots {
  const isStacked = arrangement === "stacked";
  const plots = series.flatMap(({ name, values, colour }) => {
    const text = (value: number) => (y.format === undefined ? number(value) : escapeTex(y.format(value)));
    const known = values.flatMap((value, at) =>
      value === null ? [] : [`(${at},${number(value)}) [${text(value)}]`],
    );
    if (known.length === 0) return [];
    const fill = seriesName(colour);
    return [
      `\\addplot[fill=${fill}, draw=none] coordinates {${known.join(" ")}};`,
      legend(name, series.length),
    ];
  });
  // As in the page: bars take so much of what there is for a category, and are never wide.
  const perCategory = isStacked ? 1 : series.length;
  const barMm = Math.min(10, (0.7 * plotWidthMm) / Math.max(1, categories.length * perCategory));
  const hasValues = categories.length * perCategory <= 24 && !isStacked;
  return {
    options: [
      isStacked ? "ybar stacked" : "ybar=0pt",
      "area legend",
      `bar width=${barMm.toFixed(1)}mm`,
      "enlarge x limits={abs=0.6}",
      ...categoryTicks(categories),
      ...(hasValues
        ? [
            "enlarge y limits={upper, value=0.12}",
            "nodes near coords",
            "every node near coord/.append style={font=\\scriptsize, color=black}",
            "point meta=explicit symbolic",
          ]
        : []),
      ...axis("y", y),
      ...(y.scale === "log" ? ["log origin=infty"] : ["ymin=0"]),
    ],
    plots,
  };
}

/** Names under bars: aslant where they would run into each other, and of very many not each. */
function categoryTicks(categories: readonly string[]): string[] {
  const widthPx = plotWidthMm * pxPerMm;
  const isAslant = categoryLabels(categories, widthPx).kind !== "wrapped";
  const step = isAslant ? Math.ceil((categories.length * aslantLabelPx) / widthPx) : 1;
  const named = categories.map((name, at) => ({ name, at })).filter(({ at }) => at % step === 0);
  return [
    `xtick={${named.map(({ at }) => at).join(",")}}`,
    `xticklabels={${named.map(({ name }) => `{${escapeTex(name)}}`).join(",")}}`,
    ...(isAslant ? ["x tick label style={rotate=45, anchor=north east, inner sep=1pt}"] : []),
  ];
}

function axis(name: "x" | "y", { title, scale, min, max, interval, format }: Axis): string[] {
  const ticks =
    interval !== undefined && min !== undefined && max !== undefined && format !== undefined
      ? Array.from({ length: Math.floor((max - min) / interval) + 1 }, (_, index) => min + index * interval)
      : [];
  return [
    `${name}label={${escapeTex(title)}}`,
    ...(scale === "log" ? [`${name}mode=log`, "log ticks with fixed point"] : []),
    ...(min === undefined ? [] : [`${name}min=${min}`]),
    ...(max === undefined ? [] : [`${name}max=${max}`]),
    ...(ticks.length === 0 || format === undefined
      ? []
      : [
          `${name}tick={${ticks.join(",")}}`,
          `${name}ticklabels={${ticks.map((tick) => `{${escapeTex(format(tick))}}`).join(",")}}`,
        ]),
  ];
}

/** A logarithmic axis from one power of ten to another, which makes for round ticks. */
function decades(name: "x" | "y", { scale }: Axis, values: readonly (number | null)[]): string[] {
  const known = values.filter((value): value is number => value !== null && value > 0);
  if (scale !== "log" || known.length === 0) return [];
  const least = Math.floor(Math.log10(Math.min(...known)));
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...known))));
  const powers = Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index));
  return [`${name}min=${10 ** least}`, `${name}max=${10 ** most}`, `${name}tick={${powers.join(",")}}`];
}

/** A single series is named by the caption. */
function legend(name: string, of: number): string {
  return of < 2 ? "" : `\\addlegendentry{${escapeTex(name)}}`;
}

function seriesName(colour: number): string {
  return `series${(colour % seriesColours.length) + 1}`;
}

/** pgfplots reads no exponents of JavaScript's form beyond these digits. */
function number(value: number): string {
  return `${Number(value.toFixed(4))}`;
}
