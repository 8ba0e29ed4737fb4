/** Charts as data: a page draws them as SVG, a LaTeX document with pgfplots. */

export interface Axis {
  /** Quantity and unit. */
  readonly title: string;
  readonly scale?: "linear" | "log";
  readonly min?: number;
  readonly max?: number;
  /** Distance of the ticks of a linear axis; chosen by the size when absent. */
  readonly interval?: number;
  readonly format?: (value: number) => string;
}

export interface Line {
  readonly name: string;
  /** `[x, y]`, in the order of x; a y of null leaves a gap. */
  readonly points: readonly (readonly [number, number | null])[];
  /** Which of the ten series colours, from 0. */
  readonly colour: number;
  readonly dashed?: boolean;
}

export interface LineChart {
  readonly kind: "lines";
  readonly lines: readonly Line[];
  readonly x: Axis;
  readonly y: Axis;
}

export interface BarChart {
  readonly kind: "bars";
  readonly categories: readonly string[];
  /** A value for each category; null where a series has none. */
  readonly series: readonly {
    readonly name: string;
    readonly values: readonly (number | null)[];
    readonly colour: number;
  }[];
  readonly y: Axis;
  /** `stacked` also suits series of which each has its own categories. */
  readonly arrangement: "grouped" | "stacked";
}

export type Chart = LineChart | BarChart;
