import type { MetricDatum } from "@aws-sdk/client-cloudwatch";

/** Limits of one `PutMetricData`. */
const mostPerCall = 1000;
const mostBytesPerCall = 1_000_000;

/** Data that wait to be sent, the oldest first; when there are too many the oldest are lost. */
export class UnsentData {
  private data: MetricDatum[] = [];

  /** `most`: data that may wait. */
  constructor(private readonly most: number) {}

  /** Returns how many were lost for it. */
  add(data: readonly MetricDatum[]): number {
    const all = [...this.data, ...data];
    const lost = Math.max(0, all.length - this.most);
    this.data = all.slice(lost);
    return lost;
  }

  /** What one call can take; empty when nothing waits. */
  next(): MetricDatum[] {
    let bytes = 0;
    const end = this.data.findIndex((datum, index) => {
      bytes += JSON.stringify(datum).length;
      return index >= mostPerCall || (index > 0 && bytes > mostBytesPerCall);
    });
    return end < 0 ? this.data : this.data.slice(0, end);
  }

  /** So many of the oldest have been sent. */
  sent(count: number): void {
    this.data = this.data.slice(count);
  }
}
