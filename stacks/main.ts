/** `cdktf synth|deploy|destroy` runs this: the stacks, from the settings and what `bun run build` made. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "cdktf";
import { readArtifacts } from "./artifacts.ts";
import { createStacks, stackNames } from "./create-stacks.ts";
import { readSettings } from "./read-settings.ts";

const root = join(import.meta.dir, "..");

function main(): void {
  const app = new App();
  const read = readSettings(app.node.tryGetContext("ballast") ?? contextOfFile(), process.env);
  const built = readArtifacts(join(root, "dist"));
  if (!read.ok) giveUp(read.faults);
  else if (!built.ok) giveUp([built.fault]);
  else {
    const { stack } = read.settings;
    createStacks(app, read.settings, built.artifacts, stack === "all" ? stackNames : [stack]);
    app.synth();
  }
}

/** cdktf's own command line passes the context on; without it the file is read here. */
function contextOfFile(): unknown {
  const file: { context?: { ballast?: unknown } } = JSON.parse(
    readFileSync(join(root, "cdktf.json"), "utf8"),
  );
  return file.context?.ballast;
}

function giveUp(faults: readonly string[]): void {
  for (const fault of faults) console.error(`stacks: ${fault}`);
  process.exitCode = 1;
}

main();
