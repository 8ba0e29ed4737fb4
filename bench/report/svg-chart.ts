/**
 * Charts as static SVG texts. Colours are CSS variables of the page they stand in (see `style.ts`),
 * so that one chart serves light and dark; nothing is loaded from a network.
 */
import * as kinds from "echarts/charts";
import { GridComponent, LegendComponent } from "echarts/components";
import { type EChartsCoreOption, init, setPlatformAPI, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import type { Axis, BarChart, Chart, LineChart } from "./chart.ts";
import {
  type CategoryLabels,
  categoryLabels,
  legend,
  legendRows,
  linePx,
  textWidthPx,
} from "./chart-layout.ts";
import { whole } from "./format.ts";

// Its own estimate is that of a narrow font: names in the legend would run into each other.
setPlatformAPI({
  measureText: (text, font) => ({
    width: textWidthPx(text, Number(/([\d.]+)px/.exec(font ?? "")?.[1] ?? 12)),
  }),
});

use([kinds.BarChart, kinds.LineChart, GridComponent, LegendComponent, SVGRenderer]);

const grid = { left: 64, right: 20 } as const;
const valueFontPx = 11;
/** Of a chart's width, besides the gaps between groups. */
const barShare = 0.8;

export interface ChartSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** The chart in this size. */
export function drawChart(chart: Chart, size: ChartSize): string {
  return chart.kind === "lines" ? drawLines(chart, size) : drawBars(chart, size);
}

function drawLines(data: LineChart, size: ChartSize): string {
  const names = data.lines.map(({ name }) => name);
  return render(size, names, {
    // A dot on the legend's short stroke would hide whether it is dashed.
    legend: { itemStyle: { opacity: 0 } },
    xAxis: { ...axis(data.x), nameGap: 28, splitLine: { show: false } },
    yAxis: axis(data.y),
    grid: { bottom: 48 },
    series: data.lines.map((line) => ({
      type: "line",
      name: line.name,
      data: line.points.map(([x, y]) => [x, y ?? "-"]),
      symbol: line.points.length < 3 ? "circle" : "none",
      color: seriesColour(line.colour),
      lineStyle: { width: 2, type: line.dashed === true ? "dashed" : "solid" },
      silent: true,
    })),
  });
}

function drawBars(data: BarChart, size: ChartSize): string {
  const stack = data.arrangement === "stacked" ? { stack: "all" } : {};
  const names = data.series.map(({ name }) => name);
  const labels = categoryLabels(data.categories, size.widthPx - grid.left - grid.right);
  return render(size, names, {
    legend: { icon: "roundRect", itemWidth: 14 },
    grid: { bottom: 16 + labels.heightPx },
    xAxis: {
      type: "category",
      data: [...data.categories],
      axisLine: { lineStyle: { color: "var(--rule)" } },
      axisTick: { show: false },
      axisLabel: {
        color: "var(--muted)",
        fontFamily: "inherit",
        fontSize: labels.fontPx,
        interval: 0,
        ...categoryLayout(labels),
      },
    },
    yAxis: axis(data.y),
    series: data.series.map(({ name, values, colour }) => ({
      type: "bar",
      name,
      data: values.map((value) => value ?? "-"),
      color: seriesColour(colour),
      barMaxWidth: 44,
      label: {
        show: hasRoomForValues(data, size.widthPx - grid.left - grid.right),
        position: "top",
        color: "var(--text)",
        fontFamily: "inherit",
        fontSize: valueFontPx,
        formatter: ({ value }: { value: number }) => valueText(data, value),
      },
      silent: true,
      ...stack,
    })),
  });
}

/** Whether each bar is as wide as its value above it, or nearly: between groups of bars there is room. */
function hasRoomForValues(data: BarChart, widthPx: number): boolean {
  const { categories, series, arrangement } = data;
  const bars = categories.length * (arrangement === "stacked" ? 1 : series.length);
  const texts = series.flatMap(({ values }) => values.map((value) => valueText(data, value ?? 0)));
  const widestPx = Math.max(...texts.map((text) => textWidthPx(text, valueFontPx)));
  return widestPx < (widthPx * barShare) / bars;
}

function valueText({ y }: BarChart, value: number): string {
  return (y.format ?? formatNumber)(value);
}

function categoryLayout(labels: CategoryLabels): object {
  switch (labels.kind) {
    case "wrapped":
      return { width: labels.widthPx, overflow: "break", lineHeight: linePx };
    case "aslant":
      return { width: labels.widthPx, overflow: "truncate", rotate: 45 };
    case "some":
      return { hideOverlap: true };
  }
}

function formatNumber(value: number): string {
  return Math.abs(value) < 1000 ? `${Number(value.toPrecision(6))}` : whole(value);
}

function seriesColour(index: number): string {
  return `var(--series-${(index % 10) + 1})`;
}

function axis({ title, scale, min, max, interval, format }: Axis) {
  return {
    type: scale === "log" ? "log" : "value",
    name: title,
    nameLocation: "middle",
    nameGap: 46,
    nameTextStyle: { color: "var(--muted)", fontFamily: "inherit", fontSize: 12 },
    min: min ?? null,
    max: max ?? null,
    ...(interval !== undefined && { interval }),
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: {
      color: "var(--muted)",
      fontFamily: "inherit",
      hideOverlap: true,
      formatter: (value: number) => (value === 0 ? "0" : (format ?? formatNumber)(value)),
    },
    splitLine: { lineStyle: { color: "var(--rule)" } },
  };
}

function render(
  size: ChartSize,
  names: readonly string[],
  option: EChartsCoreOption & { legend: object; grid: object },
): string {
  const rows = legendRows(names, size.widthPx);
  const chart = init(null, null, {
    renderer: "svg",
    ssr: true,
    width: size.widthPx,
    // What is drawn keeps its height, however many names it has.
    height: size.heightPx + Math.max(0, rows - 1) * legend.rowPx,
  });
  try {
    chart.setOption({
      ...option,
      animation: false,
      grid: { ...grid, top: 24 + rows * legend.rowPx, ...option.grid },
      legend: {
        show: rows > 0,
        left: legend.leftPx,
        right: 0,
        top: 0,
        itemWidth: legend.itemPx,
        itemHeight: 8,
        itemGap: legend.gapPx,
        textStyle: { color: "var(--text)", fontFamily: "inherit" },
        silent: true,
        ...option.legend,
      },
    });
    return withoutStyles(chart.renderToSVGString());
  } finally {
    // An undisposed chart keeps its animation timer, and with it the process, alive.
    chart.dispose();
  }
}

/** The rules for hovering do nothing in a static chart. */
function withoutStyles(svg: string): string {
  return svg.replace(/<style[\s\S]*?<\/style>/g, "").replace(/ class="zr[^"]*"| ecmeta_\w+="[^"]*"/g, "");
}
