/** `cdktf synth|deploy|destroy` runs this: the stacks, from the settings and what `bun run build` made. */
import { join } from "node:path";
import { App } from "cdktf";
import { readArtifacts } from "./artifacts.ts";
import { contextOfFile } from "./context.ts";
import { createStacks } from "./create-stacks.ts";
import { readSettings } from "./read-settings.ts";
import { stackNames } from "./stack-names.ts";

const root = join(import.meta.dir, "..");

function main(): void {
  const app = new App();
  // cdktf's own command line passes the context on.
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

function giveUp(faults: readonly string[]): void {
  for (const fault of faults) console.error(`stacks: ${fault}`);
  process.exitCode = 1;
}

main();
