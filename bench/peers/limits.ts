import type { Comparison, ComparisonPart } from "./parts/comparison.ts";
import { medianRatio } from "./parts/ratio.ts";
import type { More, ScaleResult } from "./parts/scale.ts";
import type { CpuFigures } from "./parts/slice.ts";
import type { TailsResult } from "./parts/tails.ts";
import type { WorkersResult } from "./parts/workers.ts";
import type { PeersResult } from "./results.ts";

/** A figure, and what it has to lie between. */
export interface Verdict {
  readonly criterion: string;
  readonly value: number;
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** The largest ratio of ours, which is the first row, to a peer's. */
interface PeerLimit {
  readonly part: ComparisonPart;
  readonly criterion: string;
  readonly figure: (slice: CpuFigures) => number;
  /** Of its rows the first counts. */
  readonly program: string;
  readonly atMost: number;
}

const cpu = ({ cpuUsPerRequest }: CpuFigures) => cpuUsPerRequest;
const p99 = ({ p99Us }: CpuFigures) => p99Us ?? Number.NaN;
const perRequest = { part: "cpu", criterion: "CPU per request", figure: cpu } as const;
const wallTime = ({ requestsPerSecond }: CpuFigures) => 1 / requestsPerSecond;
const overHttp2 = { part: "http2", criterion: "CPU per request over HTTP/2", figure: cpu } as const;

const peerLimits: readonly PeerLimit[] = [
  { ...perRequest, program: "haproxy", atMost: 0.95 },
  { ...perRequest, program: "nginx", atMost: 0.9 },
  { ...perRequest, program: "caddy", atMost: 0.35 },
  { ...perRequest, program: "floor", atMost: 1.25 },
  { ...perRequest, criterion: "p99 at 64 connections", figure: p99, program: "haproxy", atMost: 1 },
  { part: "large", criterion: "CPU per answer of 1 MiB", figure: cpu, program: "haproxy", atMost: 1 },
  { part: "connections", criterion: "CPU per new connection", figure: cpu, program: "haproxy", atMost: 1.1 },
  { ...overHttp2, program: "nginx", atMost: 1.25 },
  { ...overHttp2, program: "caddy", atMost: 0.25 },
  { part: "tcp", criterion: "CPU per exchange over TCP", figure: cpu, program: "haproxy", atMost: 1 },
  {
    part: "tcp-large",
    criterion: "CPU per answer of 1 MiB over TCP",
    figure: cpu,
    program: "haproxy",
    atMost: 1,
  },
  { part: "udp", criterion: "CPU per datagram and its reply", figure: cpu, program: "nginx", atMost: 1 },
  {
    part: "udp",
    criterion: "time for a datagram on a full core",
    figure: wallTime,
    program: "nginx",
    atMost: 1,
  },
];

const leastSpeedup = 1.8;
/** How far the cost of a request may lie from the one with nothing more. */
const tolerances: Readonly<Record<More, number>> = { nothing: 0, targets: 0.05, "idle connections": 0.1 };
const mostKilobytesPerIdleConnection = 4;
const mostTail = 1 / 3;

/** The limits that the figures at hand can be held to; what was not measured is left out. */
export function verdicts({ comparisons, workers, scale, tails }: PeersResult): Verdict[] {
  return [
    ...peerLimits.flatMap((limit) => comparisons.flatMap((comparison) => againstPeer(comparison, limit))),
    ...(workers === undefined ? [] : ofWorkers(workers)),
    ...(scale === undefined ? [] : ofScale(scale)),
    ...tails.filter(({ scenario }) => scenario === "strong").flatMap(ofTails),
  ];
}

export function holds({ value, atLeast = -Infinity, atMost = Infinity }: Verdict): boolean {
  return value >= atLeast && value <= atMost;
}

function againstPeer({ part, rows }: Comparison, limit: PeerLimit): Verdict[] {
  const [ours] = rows;
  const peer = rows.find(({ program }) => program === limit.program);
  if (part !== limit.part || ours?.program !== "ballast" || peer === undefined) return [];
  return [
    {
      criterion: `${limit.criterion}, ${ours.name} ÷ ${peer.name}`,
      value: medianRatio(ours.slices, peer.slices, limit.figure),
      atMost: limit.atMost,
    },
  ];
}

function ofWorkers({ speedups: [ours] }: WorkersResult): Verdict[] {
  if (ours === undefined) return [];
  const criterion = "requests of two pinned workers on two cores, ÷ one on one";
  return [{ criterion, value: ours.times, atLeast: leastSpeedup }];
}

function ofScale({ rows, bytesPerIdleConnection }: ScaleResult): Verdict[] {
  const [first, ...others] = rows;
  const costs = others.map(({ name, more, ratio }) => ({
    criterion: `CPU per request, ${name} ÷ ${first?.name}`,
    value: ratio,
    atLeast: 1 - tolerances[more],
    atMost: 1 + tolerances[more],
  }));
  const kilobytes = bytesPerIdleConnection / 1024;
  return [
    ...costs,
    { criterion: "KB for each idle connection", value: kilobytes, atMost: mostKilobytesPerIdleConnection },
  ];
}

function ofTails({ rows }: TailsResult): Verdict[] {
  const p99Of = (name: string) => rows.find((row) => row.name === name)?.cold.p99Us;
  const own = p99Of("ballast ewma");
  return ["nginx least_conn", "HAProxy leastconn"].flatMap((name) => {
    const other = p99Of(name);
    if (own === undefined || other === undefined) return [];
    return [{ criterion: `p99 before unlike servers, ÷ ${name}`, value: own / other, atMost: mostTail }];
  });
}
