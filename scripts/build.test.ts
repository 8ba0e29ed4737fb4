import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildExecutables } from "./build.ts";

test("a build leaves the executable and what it was built for, and nothing else", async () => {
  const directory = mkdtempSync(join(tmpdir(), "ballast-build-"));
  try {
    await buildExecutables(undefined, directory, ["backend"]);
    expect(readdirSync(directory).sort()).toEqual(["backend", "backend.target"]);
    expect(await Bun.file(join(directory, "backend.target")).text()).toBe(
      `bun-${process.platform}-${process.arch}\n`,
    );

    const { stderr } = Bun.spawnSync([join(directory, "backend"), "--port", "x"]);
    expect(stderr.toString()).toContain("--port: found");
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("a target that Bun has not is refused in a sentence", () => {
  const { exitCode, stderr } = Bun.spawnSync([
    process.execPath,
    join(import.meta.dir, "build.ts"),
    "--target",
    "bun-plan9-mips",
  ]);
  expect(exitCode).toBe(2);
  expect(stderr.toString()).toBe(
    'build: --target: found "bun-plan9-mips", expected one such as bun-linux-arm64\n',
  );
});
