import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readArtifacts } from "./artifacts.ts";

let dist: string;

beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), "ballast-dist-"));
});

afterEach(() => rmSync(dist, { recursive: true }));

const toRun =
  'expected executables for bun-linux-x64-baseline: run "bun run build --target bun-linux-x64-baseline"';

function writeBuild(target?: string): void {
  writeFileSync(join(dist, "balancer"), "abc");
  writeFileSync(join(dist, "backend"), new Uint8Array(3 << 20));
  if (target !== undefined) writeFileSync(join(dist, "target.txt"), `${target}\n`);
}

test("gives each executable's SHA-256", () => {
  writeBuild("bun-linux-x64-baseline");
  expect(readArtifacts(dist)).toEqual({
    ok: true,
    artifacts: {
      balancer: {
        file: join(dist, "balancer"),
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
      },
      backend: {
        file: join(dist, "backend"),
        sha256: Bun.SHA256.hash(new Uint8Array(3 << 20), "hex"),
      },
    },
  });
});

test("without a build it says what to run", () => {
  expect(readArtifacts(dist)).toEqual({
    ok: false,
    fault: `${join(dist, "balancer")}: found no file, ${toRun}`,
  });
});

test.each([["bun-linux-arm64"], ["bun-linux-x64"], [undefined]])("a build for %p is refused", (target) => {
  writeBuild(target);
  const found = target ?? "this machine";
  expect(readArtifacts(dist)).toEqual({ ok: false, fault: `${dist}: found a build for ${found}, ${toRun}` });
});
