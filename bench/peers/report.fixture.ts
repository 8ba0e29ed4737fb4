import type { Comparison, ComparisonPart } from "./parts/comparison.ts";
import type { ScaleResult } from "./parts/scale.ts";
import type { CpuRow } from "./parts/slice.ts";
import type { TailRow } from "./parts/tails.ts";
import type { WorkersResult } from "./parts/workers.ts";
import type { PeersResult } from "./results.ts";

const programs = {
  ballast: "ballast",
  nginx: "nginx",
  HAProxy: "haproxy",
  Caddy: "caddy",
  C: "floor",
} as const;

/** Two slices, the second of which has twice the CPU time and latency of the first, for every row alike. */
export function cpuRow(
  name: string,
  cpuUsPerRequest: number,
  p99Us: number | "untold" = 2000,
  bad = 0,
): CpuRow {
  const figures = (factor: number) => ({
    cpuUsPerRequest: cpuUsPerRequest * factor,
    requestsPerSecond: 50_000,
    p50Us: p99Us === "untold" ? undefined : 1000,
    p99Us: p99Us === "untold" ? undefined : p99Us * factor,
    utilization: 0.9,
    foreignUtilization: 0.01,
  });
  const [word = ""] = name.split(/[ ,]/);
  const program = Object.entries(programs).find(([prefix]) => prefix === word)?.[1] ?? "";
  return {
    name,
    program,
    version: program === "floor" ? "" : "1.0",
    slices: [figures(1), figures(2)],
    median: figures(1.5),
    answered: 1000,
    bad,
  };
}

export function tailRow(name: string, p99Us: number, failed = 0): TailRow {
  const figures = {
    requests: 100,
    failed,
    p50Us: 5000,
    p90Us: 9000,
    p99Us,
    p999Us: 2 * p99Us,
    maxScheduleLagMs: 2,
  };
  return { name, version: "1.0", cold: figures, settled: figures, shares: [{ target: "i-1", share: 1 }] };
}

export function comparison(part: ComparisonPart, heading: string, rows: readonly CpuRow[]): Comparison {
  const load = `a load for ${part}`;
  return {
    part,
    heading,
    unit: "request",
    load,
    origin: "an origin",
    together: false,
    leadInMs: 1000,
    sliceMs: 2000,
    turns: 3,
    rows,
  };
}

export const workers: WorkersResult = {
  origin: "an origin",
  together: false,
  leadInMs: 1000,
  sliceMs: 2000,
  turns: 3,
  rows: [
    { ...cpuRow("ballast wire, 1 worker", 20), workers: 1, cores: "core 0", load: "one", threadShares: [1] },
    {
      ...cpuRow("ballast wire, 2 workers, pinned", 25),
      workers: 2,
      cores: "cores 0 and 1",
      load: "two",
      threadShares: [0.6, 0.4],
    },
  ],
  speedups: [
    { name: "ballast wire, 2 workers, pinned", times: 1.6 },
    { name: "nginx, 2 workers", times: 1.75 },
  ],
};

export const scale: ScaleResult = {
  load: "a load",
  origin: "an origin",
  together: false,
  leadInMs: 1000,
  sliceMs: 2000,
  turns: 3,
  rows: [
    { ...cpuRow("ballast wire, 3 targets", 20), more: "nothing", ratio: 1 },
    { ...cpuRow("ballast wire, 64 targets", 21), more: "targets", ratio: 1.06 },
    { ...cpuRow("ballast wire, 3 targets, idle", 21), more: "idle connections", ratio: 1.06 },
  ],
  idleConnections: 10_000,
  bytesPerIdleConnection: 2048,
};

export const nothing: PeersResult = {
  createdAt: "2026-01-01T00:00:00.000Z",
  machine: { os: "linux", cpu: "a <fast> one", cores: 2, memoryMiB: 1024, bun: "1.4.5" },
  cores: "the proxy alone on core 0, load and servers on 1",
  missing: ["a C compiler"],
  skipped: ["http2 is left out: h2load was not found"],
  comparisons: [],
  workers: undefined,
  scale: undefined,
  tails: [],
};

export const strong = (rows: readonly TailRow[]) => ({
  scenario: "strong",
  description: "servers",
  ratePerSecond: 1035,
  durationMs: 15_000,
  rows,
});

export const full: PeersResult = {
  ...nothing,
  comparisons: [
    comparison("cpu", "CPU per request", [
      cpuRow("ballast wire", 12, 1900),
      cpuRow("ballast serve", 16),
      cpuRow("nginx least_conn", 16),
      cpuRow("HAProxy leastconn", 12),
      cpuRow("Caddy least_conn", 48),
      cpuRow("C relay, no parsing", 10),
    ]),
    comparison("large", "CPU per answer of 1 MiB", [
      cpuRow("ballast wire", 300),
      cpuRow("HAProxy leastconn", 400),
    ]),
    comparison("connections", "CPU per new connection", [
      cpuRow("ballast wire", 50),
      cpuRow("HAProxy leastconn", 40),
    ]),
    comparison("http2", "CPU per request over HTTP/2 with TLS", [
      cpuRow("ballast serve", 18, "untold"),
      cpuRow("nginx least_conn", 15, "untold"),
      cpuRow("Caddy least_conn", 90, "untold"),
    ]),
  ],
  workers,
  scale,
  tails: [
    strong([
      tailRow("ballast ewma", 30_000),
      tailRow("nginx least_conn", 180_000),
      tailRow("HAProxy leastconn", 80_000),
    ]),
  ],
};
