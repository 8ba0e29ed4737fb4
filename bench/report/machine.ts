import { arch, cpus, platform, release, totalmem } from "node:os";
import type { Report } from "./report.ts";

/** What the measurement ran on. */
export function describeMachine(): Report["machine"] {
  const cores = cpus();
  return {
    os: `${platform()} ${release()} ${arch()}`,
    cpu: cores[0]?.model.trim() ?? "unknown",
    cores: cores.length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    bun: Bun.version,
  };
}
