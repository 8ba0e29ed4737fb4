import { ballast } from "./ballast.ts";
import { caddy } from "./caddy.ts";
import { haproxy } from "./haproxy.ts";
import { nginx } from "./nginx.ts";
import type { Peer } from "./peer.ts";

/** A peer whose program is on this machine. */
export interface InstalledPeer {
  readonly peer: Peer;
  readonly executable: string;
  readonly version: string;
}

export const peerPrograms = ["nginx", "haproxy", "caddy"] as const;
export type PeerProgram = (typeof peerPrograms)[number];

/** Each program with its best fitting policy, ours first. */
export function cpuSubjects(balancer: string): readonly Peer[] {
  return [ballast(balancer, "ewma"), nginx("least_conn"), haproxy("leastconn"), caddy("least_conn")];
}

/** Every policy that looks at how loaded the targets are. */
export function tailSubjects(balancer: string): readonly Peer[] {
  return [
    ballast(balancer, "ewma"),
    nginx("least_conn"),
    nginx("random two least_conn"),
    haproxy("leastconn"),
    caddy("least_conn"),
  ];
}

/** Those that are wanted and installed, and the names of the programs that are wanted but missing. */
export function findSubjects(
  subjects: readonly Peer[],
  wanted: readonly PeerProgram[],
): { readonly installed: readonly InstalledPeer[]; readonly missing: readonly string[] } {
  const isWanted = ({ program }: Peer) => program === "ballast" || wanted.some((name) => name === program);
  const installed: InstalledPeer[] = [];
  const missing = new Set<string>();
  for (const peer of subjects.filter(isWanted)) {
    const executable = peer.find();
    if (executable === undefined) missing.add(peer.program);
    else installed.push({ peer, executable, version: peer.version(executable) });
  }
  return { installed, missing: [...missing] };
}
