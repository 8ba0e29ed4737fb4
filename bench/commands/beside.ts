import type { LabCluster } from "../lab/clusters.ts";
import { type Outcome, success } from "../outcome.ts";
import { withBackends } from "../peers/backends.ts";
import { type BenchContext, withBenchContext } from "../peers/bench-context.ts";
import { caddy } from "../peers/caddy.ts";
import { haproxy } from "../peers/haproxy.ts";
import { nginx } from "../peers/nginx.ts";
import type { Peer } from "../peers/peer.ts";
import { withPeer } from "../peers/running-peer.ts";
import { findSubjects, type InstalledPeer } from "../peers/subjects.ts";
import type { Measured, Report, Run, Step } from "../report/report.ts";
import { type MeasureOptions, measureCluster, measureUrl } from "./measure.ts";
import type { OtherSystem, PeerName } from "./option-values.ts";
import type { ProgressStream } from "./progress.ts";

type Other = Report["others"][number];

/** What the lab is made of, for those who stand in for its balancer. */
export interface LabServers {
  readonly clusters: readonly LabCluster[];
  readonly backend: readonly string[];
  readonly seed: number;
}

const peers: Readonly<Record<PeerName, Peer>> = {
  nginx: nginx("least_conn"),
  haproxy: haproxy("leastconn"),
  caddy: caddy("least_conn"),
};

/** The same load on each of the others in turn; programs that are not installed are said and left out. */
export async function measureOthers(
  systems: readonly OtherSystem[],
  servers: LabServers | undefined,
  options: MeasureOptions,
  stream: ProgressStream,
  signal: AbortSignal,
): Promise<Outcome<Other[]>> {
  const others: Other[] = [];
  for (const system of systems) {
    if (system.kind === "url") {
      const measured = await measureUrl(system.url, options, label(system.name, stream), signal);
      others.push({ name: system.name, ...measured });
      continue;
    }
    if (servers === undefined) throw new Error("peers are for the lab");
    const { installed } = findSubjects([peers[system.program]], [system.program]);
    const [peer] = installed;
    if (peer === undefined) {
      stream.write(`${system.program} is not installed: left out\n`);
      continue;
    }
    const measured = await measurePeer(peer, servers, options, stream, signal);
    if (!measured.ok) return measured;
    others.push({ name: peer.peer.name, version: peer.version, ...measured.value });
  }
  return success(others);
}

/** A peer has one list of servers, so that each cluster gets a peer of its own, with servers that are new too. */
function measurePeer(
  subject: InstalledPeer,
  { clusters, backend, seed }: LabServers,
  options: MeasureOptions,
  stream: ProgressStream,
  signal: AbortSignal,
): Promise<Outcome<Measured>> {
  const named = label(subject.peer.name, stream);
  const cores = { pinned: false, why: "the lab shares all cores" } as const;
  const say = (line: string) => void stream.write(`${line}\n`);
  return withBenchContext({ cores, backend, signal, say }, async (context: BenchContext) => {
    const runs: Run[] = [];
    const steps: Step[] = [];
    let started = 0;
    for (const { name, profile, instanceIds } of clusters) {
      const servers = instanceIds.map((id) => ({ id, cluster: name, profile, seed: seed + ++started }));
      const measured = await withBackends(context, servers, (targets) =>
        withPeer(context, subject, { targets }, async ({ url }) =>
          success(await measureCluster(url, `/${name}`, options, named, signal)),
        ),
      );
      if (!measured.ok) return measured;
      runs.push(measured.value.run);
      steps.push(...measured.value.steps);
    }
    return success({ runs, steps });
  });
}

/** Says whose progress it is. */
function label(name: string, stream: ProgressStream): ProgressStream {
  return {
    isTTY: stream.isTTY === true,
    write: (text) => stream.write(text.replace(/^(\r?)(?=.)/, `$1${name} `)),
  };
}
