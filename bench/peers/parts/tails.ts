import { join } from "node:path";
import { runLoad } from "../../load/load.ts";
import { failedRequests, type LoadResult } from "../../load/result.ts";
import { type Outcome, success } from "../../outcome.ts";
import { targetShares } from "../../report/report.ts";
import { type Backend, withBackends } from "../backends.ts";
import { ballast } from "../ballast.ts";
import { type BenchContext, scratchDirectory } from "../bench-context.ts";
import { caddy } from "../caddy.ts";
import { haproxy } from "../haproxy.ts";
import { nginx } from "../nginx.ts";
import type { Peer } from "../peer.ts";
import { withPeer } from "../running-peer.ts";
import type { InstalledPeer } from "../subjects.ts";
import { arrivalRate, describeScenario, type TailScenario } from "./scenarios.ts";

/** Longer than the worst queue that builds up during a run, so that it shows as latency. */
const requestTimeoutMs = 60_000;
const maxConnections = 4096;

export interface TailFigures {
  readonly requests: number;
  readonly failed: number;
  readonly p50Us: number;
  readonly p90Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
  /** The latest that the generator handed over a request after its intended start. */
  readonly maxScheduleLagMs: number;
}

export interface TailRow {
  readonly name: string;
  readonly version: string;
  /** From the proxy's first request on. */
  readonly cold: TailFigures;
  /** A second run of half the length, right after. */
  readonly settled: TailFigures;
  /** Share of the answers of the cold run, by target. */
  readonly shares: readonly { readonly target: string; readonly share: number }[];
}

export interface TailsResult {
  readonly scenario: string;
  readonly description: string;
  readonly ratePerSecond: number;
  readonly durationMs: number;
  readonly rows: readonly TailRow[];
}

/** Every policy that looks at how loaded the targets are, ours first. */
export function tailSubjects(balancer: string): readonly Peer[] {
  return [
    ballast(balancer, { label: "ewma" }),
    nginx("least_conn"),
    nginx("random two least_conn"),
    haproxy("leastconn"),
    caddy("least_conn"),
  ];
}

/**
 * Latency through each proxy before the scenario's servers: an open loop with Poisson arrivals. Proxy and servers start
 * anew for each, and arrivals and service times come from the same seeds.
 */
export async function measureTails(
  context: BenchContext,
  subjects: readonly InstalledPeer[],
  scenario: TailScenario,
  durationMs: number,
): Promise<Outcome<TailsResult>> {
  const ratePerSecond = arrivalRate(scenario);
  const rows: TailRow[] = [];
  for (const subject of subjects) {
    const { peer, version } = subject;
    const measured = await withBackends(context, await backendsOf(context, scenario), (targets) =>
      withPeer(context, subject, { targets }, async ({ url }) => {
        const run = (ms: number, seed: number) =>
          runLoad(
            {
              url,
              shape: { kind: "open", ratePerSecond, durationMs: ms, maxConnections },
              timeoutMs: requestTimeoutMs,
              seed,
            },
            { signal: context.signal },
          );
        return success({ cold: await run(durationMs, 1), settled: await run(durationMs / 2, 2) });
      }),
    );
    if (!measured.ok) return measured;
    const cold = figuresOf(measured.value.cold);
    context.say(`${scenario.name}: ${peer.name} p99 ${(cold.p99Us / 1000).toFixed(1)} ms`);
    rows.push({
      name: peer.name,
      version,
      cold,
      settled: figuresOf(measured.value.settled),
      shares: targetShares(measured.value.cold),
    });
  }
  return success({
    scenario: scenario.name,
    description: describeScenario(scenario),
    ratePerSecond,
    durationMs,
    rows,
  });
}

/** The scenario's servers, whose profiles are written into a directory of their own. */
async function backendsOf(context: BenchContext, { name, servers }: TailScenario): Promise<Backend[]> {
  const directory = await scratchDirectory(context, `backends-${name}`);
  const backends: Backend[] = [];
  for (const [index, { count, profile }] of servers.entries()) {
    const path = join(directory, `profile-${index + 1}.json`);
    await Bun.write(path, JSON.stringify(profile));
    for (let member = 0; member < count; member++) {
      const number = backends.length + 1;
      backends.push({ id: `i-${number}`, profile: path, seed: number });
    }
  }
  return backends;
}

function figuresOf(result: LoadResult): TailFigures {
  const { requests, latency, maxScheduleLagMs } = result;
  return {
    requests,
    failed: failedRequests(result),
    p50Us: latency.p50Us,
    p90Us: latency.p90Us,
    p99Us: latency.p99Us,
    p999Us: latency.p999Us,
    maxScheduleLagMs,
  };
}
