import { bucketBoundsMs, type Exemplar, type HistogramTotals } from "../../cluster/histogram.ts";

/** Prometheus text 0.0.4, or OpenMetrics 1.0. */
export type MetricsFormat = "text" | "openmetrics";

export const contentTypes: Readonly<Record<MetricsFormat, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

/** One metric with all its series. */
export interface FamilyHead {
  /** Without the `_total` of a counter. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** The end of the name, where it has a unit. */
  readonly unit?: "seconds" | "bytes";
  /** One sentence. */
  readonly help: string;
}

/** Labels as they stand between the braces; made by {@link labels}. */
export type LabelText = string;

/** `group="a",target="b"`; names and values in turn, values escaped. */
export function labels(...pairs: readonly string[]): LabelText {
  let text = "";
  for (let index = 0; index < pairs.length; index += 2)
    text += `${index === 0 ? "" : ","}${pairs[index]}="${escaped(pairs[index + 1] ?? "")}"`;
  return text;
}

const bucketLabels = [...bucketBoundsMs.map((ms) => String(ms / 1000)), "+Inf"];

/** Puts the text of a scrape together. */
export class Exposition {
  private text = "";
  private family: FamilyHead | undefined;

  constructor(private readonly format: MetricsFormat) {}

  /** The samples that follow are of this family. */
  begin(family: FamilyHead): void {
    this.family = family;
    const { name, type, unit, help } = family;
    const isOpen = this.format === "openmetrics";
    // The older format knows a counter by the name of its sample, the newer one by that of its family.
    const shown = type === "counter" && !isOpen ? `${name}_total` : name;
    this.text += `# HELP ${shown} ${escapedHelp(help, isOpen)}\n# TYPE ${shown} ${type}\n`;
    if (isOpen && unit !== undefined) this.text += `# UNIT ${name} ${unit}\n`;
  }

  /** A value of the present family, in its base unit. */
  sample(labelText: LabelText, value: number): void {
    const { name, type } = this.current();
    const suffix = type === "counter" ? "_total" : "";
    this.text += `${name}${suffix}${braced(labelText)} ${value}\n`;
  }

  histogram(labelText: LabelText, { sumMs, counts, exemplars }: HistogramTotals): void {
    const { name } = this.current();
    const before = labelText === "" ? "" : `${labelText},`;
    let count = 0;
    for (const [index, bound] of bucketLabels.entries()) {
      count += counts[index] ?? 0;
      this.text += `${name}_bucket{${before}le="${bound}"} ${count}${this.exemplarText(exemplars[index])}\n`;
    }
    this.text += `${name}_sum${braced(labelText)} ${sumMs / 1000}\n${name}_count${braced(labelText)} ${count}\n`;
  }

  end(): string {
    return this.format === "openmetrics" ? `${this.text}# EOF\n` : this.text;
  }

  private exemplarText(exemplar: Exemplar | undefined): string {
    if (exemplar === undefined || this.format !== "openmetrics") return "";
    const { traceId, valueMs, atMs } = exemplar;
    return ` # {trace_id="${traceId}"} ${valueMs / 1000} ${atMs / 1000}`;
  }

  private current(): FamilyHead {
    if (this.family === undefined) throw new Error("a sample of no family");
    return this.family;
  }
}

const braced = (labelText: LabelText) => (labelText === "" ? "" : `{${labelText}}`);

function escaped(value: string): string {
  return /[\\"\n]/.test(value)
    ? value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")
    : value;
}

/** In OpenMetrics quotes are escaped in help texts too. */
function escapedHelp(help: string, isOpen: boolean): string {
  return isOpen ? escaped(help) : help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

/** What a scraper takes best, by its `Accept` (RFC 9110 §12.5.1); of equals the older format, which everyone reads. */
export function negotiate(accept: string | null): MetricsFormat {
  let open = 0;
  let text = accept === null || accept.trim() === "" ? 1 : 0;
  for (const range of (accept ?? "").split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const quality = qualityOf(parameters);
    const version = parameters.find((parameter) => parameter.startsWith("version="))?.slice(8);
    if (type === "application/openmetrics-text" && (version === undefined || version === "1.0.0"))
      open = Math.max(open, quality);
    else if (type === "text/plain" || type === "text/*" || type === "*/*") text = Math.max(text, quality);
  }
  return open > text ? "openmetrics" : "text";
}

function qualityOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
  const quality = given === undefined ? 1 : Number(given);
  return quality >= 0 && quality <= 1 ? quality : 0;
}
