import { cpSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Stage } from "./dockerfile.ts";

/**
 * For tests without a container engine: does what the stage's `COPY`, `WORKDIR` and `RUN` say, with `image` in the place of the
 * image's root and this Bun in that of the image's. `context` is the folder that is built from; what `ignore`, a .dockerignore,
 * leaves out is not there. Throws with the output of a command that fails.
 */
export function runBuildStage(stage: Stage, context: string, ignore: string, image: string): void {
  const bin = join(image, "usr", "bin");
  mkdirSync(bin, { recursive: true });
  symlinkSync(process.execPath, join(bin, "bun"));
  const isIgnored = ignoreRules(ignore);
  let directory = image;
  for (const { name, args } of stage.instructions) {
    if (name === "WORKDIR") {
      directory = join(image, args);
      mkdirSync(directory, { recursive: true });
    } else if (name === "COPY") {
      const words = args.split(/\s+/);
      const destination = words.pop() ?? "";
      for (const source of words) copy(source, destination, directory, context, isIgnored);
    } else if (name === "RUN") {
      // All else stays as it is here, for the sake of Bun's cache of packages.
      const env = { ...process.env, PATH: `${bin}:/usr/bin:/bin`, NODE_ENV: undefined };
      const run = Bun.spawnSync(["sh", "-c", args], { cwd: directory, env });
      if (run.exitCode !== 0) throw new Error(`RUN ${args}\n${run.stdout}${run.stderr}`);
    } else {
      throw new Error(`found ${name}, expected WORKDIR, COPY or RUN in a stage that builds`);
    }
  }
}

/** A folder's content goes into the destination, a file under its own name where that ends in a slash. */
function copy(
  source: string,
  destination: string,
  directory: string,
  context: string,
  isIgnored: (path: string) => boolean,
): void {
  const from = join(context, source);
  const files = isFolder(from) ? readdirSync(from, { recursive: true, withFileTypes: true }) : undefined;
  if (files === undefined) {
    if (isIgnored(source)) throw new Error(`COPY ${source}: .dockerignore leaves it out`);
    const isInto = /[/.]$/.test(destination);
    cpSync(from, join(directory, destination, isInto ? (source.split("/").at(-1) ?? "") : ""));
    return;
  }
  for (const file of files) {
    const path = join(file.parentPath, file.name).slice(from.length + 1);
    if (!file.isFile() || isIgnored(`${source}/${path}`)) continue;
    const to = join(directory, destination, path);
    mkdirSync(dirname(to), { recursive: true });
    cpSync(join(from, path), to);
  }
}

function isFolder(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The last pattern that matches a path, or a folder that it is in, decides. */
function ignoreRules(text: string): (path: string) => boolean {
  const rules = text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => ({ glob: new Bun.Glob(line.replace(/^!/, "")), ignores: !line.startsWith("!") }));
  return (path) => {
    const parts = path.split("/");
    const folders = parts.map((_, depth) => parts.slice(0, depth + 1).join("/"));
    return rules.findLast(({ glob }) => folders.some((folder) => glob.match(folder)))?.ignores ?? false;
  };
}
