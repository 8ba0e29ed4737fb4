import type { Peer } from "./peer.ts";

/** A peer whose program is on this machine. */
export interface InstalledPeer {
  readonly peer: Peer;
  readonly executable: string;
  readonly version: string;
}

export const peerPrograms = ["nginx", "haproxy", "caddy", "floor"] as const;
export type PeerProgram = (typeof peerPrograms)[number];

/** Those that are wanted and installed, and what the others need that is missing. */
export function findSubjects(
  subjects: readonly Peer[],
  wanted: readonly PeerProgram[],
): { readonly installed: readonly InstalledPeer[]; readonly missing: readonly string[] } {
  const isWanted = ({ program }: Peer) => program === "ballast" || wanted.some((name) => name === program);
  const installed: InstalledPeer[] = [];
  const missing = new Set<string>();
  for (const peer of subjects.filter(isWanted)) {
    const executable = peer.find();
    if (executable === undefined) missing.add(peer.needs ?? peer.program);
    else installed.push({ peer, executable, version: peer.version(executable) });
  }
  return { installed, missing: [...missing] };
}
