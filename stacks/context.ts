import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The context `ballast` of cdktf.json: settings as they stand there, unchecked. */
export function contextOfFile(): unknown {
  const path = join(import.meta.dir, "..", "cdktf.json");
  const file: { context?: { ballast?: unknown } } = JSON.parse(readFileSync(path, "utf8"));
  return file.context?.ballast;
}
