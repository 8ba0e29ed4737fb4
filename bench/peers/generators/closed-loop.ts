import type { Load } from "./load.ts";
import { ownClosedLoop } from "./own.ts";
import { wrkClosedLoop } from "./wrk.ts";

export const generatorNames = ["ballast", "wrk"] as const;
export type GeneratorName = (typeof generatorNames)[number];

const byName: Readonly<Record<GeneratorName, (connections: number, path: string) => Load>> = {
  ballast: ownClosedLoop,
  wrk: wrkClosedLoop,
};

/** A closed loop of keep-alive connections that ask for `path`, such as `/`. */
export function closedLoop(generator: GeneratorName, connections: number, path = "/"): Load {
  return byName[generator](connections, path);
}

/** wrk where it is installed: only it keeps every proxy's core full. */
export function bestGenerator(): GeneratorName {
  return Bun.which("wrk") === null ? "ballast" : "wrk";
}
