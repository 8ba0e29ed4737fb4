import { readFileSync } from "node:fs";

/** A request as a server saw it. */
export interface Arrival {
  readonly server: number;
  /** Of the request: what stands in its path. */
  readonly id: string;
  /** As `Date.now()`. */
  readonly atMs: number;
}

/** What servers have noted in their journals, a line each: time, method and path. Probes are left out. */
export function readJournals(files: readonly string[]): Arrival[] {
  return files.flatMap((file, server) => linesOf(file).flatMap((line) => arrival(server, line)));
}

function linesOf(file: string): string[] {
  return readFileSync(file, "utf8").split("\n").slice(0, -1);
}

function arrival(server: number, line: string): Arrival[] {
  const [at, , path = ""] = line.split(" ");
  return path === "/health" ? [] : [{ server, id: path.slice(1), atMs: Number(at) }];
}
