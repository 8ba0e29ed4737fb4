import { readdirSync } from "node:fs";
import { residentBytes } from "../peers/cpu-time.ts";

/** What a process holds. */
export interface ProcessUse {
  readonly residentMegabytes: number;
  readonly openFiles: number;
}

const megabyte = 1_000_000;
const sampleMs = 250;
/** A heap that has much to give back takes its time. */
const usualSamples = 24;

/** What a process has come to hold once it has nothing to do: the least over some seconds. */
export async function useAtRest(
  pid: number,
  signal: AbortSignal,
  samples = usualSamples,
): Promise<ProcessUse> {
  let least = useOf(pid);
  for (let sample = 1; sample < samples; sample++) {
    await Bun.sleep(sampleMs);
    signal.throwIfAborted();
    least = leastUse(least, useOf(pid));
  }
  return least;
}

/** The less of each. */
export function leastUse(a: ProcessUse, b: ProcessUse): ProcessUse {
  return {
    residentMegabytes: Math.min(a.residentMegabytes, b.residentMegabytes),
    openFiles: Math.min(a.openFiles, b.openFiles),
  };
}

function useOf(pid: number): ProcessUse {
  return {
    residentMegabytes: residentBytes(pid) / megabyte,
    openFiles: readdirSync(`/proc/${pid}/fd`).length,
  };
}
