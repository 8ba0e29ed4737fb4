import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { renderPeersPage } from "./page.ts";
import type { PeersResult } from "./results.ts";

/** Writes `peers.html` and `peers.json` into `directory`, which is created if need be; their paths. */
export async function writePeersReport(directory: string, result: PeersResult): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const html = join(directory, "peers.html");
  const json = join(directory, "peers.json");
  await Bun.write(html, renderPeersPage(result));
  await Bun.write(json, `${JSON.stringify(result, null, 2)}\n`);
  return [html, json];
}
