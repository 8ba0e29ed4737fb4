import { readFileSync } from "node:fs";
import { findCompiler } from "./compile.ts";
import type { Cores } from "./cores.ts";
import { hasH2load } from "./generators/h2load.ts";
import type { Part } from "./options.ts";
import { idleConnections } from "./parts/scale.ts";

/** For all that is open besides the idle connections. */
const spareFiles = 500;

/** Why a part can't be measured on this machine; undefined when it can. */
export function obstacle(part: Part, cores: Cores): string | undefined {
  if (part === "http2" && !hasH2load()) return "h2load (nghttp2) was not found";
  if (part === "udp" && findCompiler() === undefined) return "a C compiler was not found";
  // Whoever can be pinned at all has two cores or more.
  if (part === "workers" && !cores.pinned) return cores.why;
  if (part === "scale") {
    // Bun raises its own limit to this one when it starts, and what it starts inherits it.
    const limit = openFilesLimit();
    const needed = idleConnections + spareFiles;
    if (limit < needed)
      return `the hard limit of open files is ${limit}, expected ${needed} or more (ulimit -Hn)`;
  }
  return undefined;
}

function openFilesLimit(): number {
  const limits = readFileSync("/proc/self/limits", "utf8");
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(limits)?.[1];
  return hard === "unlimited" ? Number.POSITIVE_INFINITY : Number(hard);
}
