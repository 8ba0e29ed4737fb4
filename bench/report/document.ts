import type { Chart } from "./chart.ts";

export interface Cell {
  readonly text: string;
  /** Better or worse than it should be. */
  readonly tone?: "good" | "bad";
  /** A patch of this series colour before the text, the legend of the charts. */
  readonly colour?: number;
}

/** What a section is made of; all texts are plain, whoever renders them escapes them. */
export type Block =
  | { readonly kind: "text"; readonly text: string; readonly note?: boolean }
  | { readonly kind: "verdict"; readonly text: string; readonly good: boolean }
  | { readonly kind: "facts"; readonly entries: readonly (readonly [name: string, value: string])[] }
  | {
      readonly kind: "table";
      readonly caption?: string;
      readonly columns: readonly string[];
      /** As many cells as columns; the first one is the row's heading. */
      readonly rows: readonly (readonly (Cell | string)[])[];
    }
  | {
      readonly kind: "figure";
      readonly caption: string;
      readonly chart: Chart;
    };

export interface Section {
  /** Absent for what stands right below the title. */
  readonly heading?: string;
  readonly blocks: readonly Block[];
}

export interface Document {
  readonly title: string;
  readonly subtitle: string;
  readonly sections: readonly Section[];
}
