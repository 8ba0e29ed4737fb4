import { readFile } from "node:fs/promises";
import type { FileDiscoveryConfig } from "../../config/discovery-schema.ts";
import type { Lookup } from "../lookup.ts";
import { parseTargetList } from "./target-list.ts";

/**
 * Reads the whole file each time. That holds for files that are replaced, written in place, on network file systems
 * or behind links that change, where notices of changes do not.
 */
export function fileLookup({ path, scheme }: FileDiscoveryConfig): Lookup {
  return async (signal) => {
    let text: string;
    try {
      text = await readFile(path, { encoding: "utf8", signal });
    } catch (error) {
      return { kind: "failed", fault: `${path}: can't be read: ${(error as Error).message}` };
    }
    const parsed = parseTargetList(text, scheme);
    return parsed.kind === "failed" ? { kind: "failed", fault: `${path}${parsed.fault}` } : parsed;
  };
}
