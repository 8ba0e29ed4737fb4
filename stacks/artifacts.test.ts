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

function writeBuild(targets: Readonly<Record<"balancer" | "backend", string | undefined>>): void {
  writeFileSync(join(dist, "balancer"), "abc");
  writeFileSync(join(dist, "backend"), new Uint8Array(3 << 20));
  for (const [name, target] of Object.entries(targets))
    if (target !== undefined) writeFileSync(join(dist, `${name}.target`), `${target}\n`);
}

const wanted = "bun-linux-x64-baseline";

test("gives each executable's SHA-256", () => {
  writeBuild({ balancer: wanted, backend: wanted });
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

test.each([
  ["balancer", "bun-linux-arm64", wanted],
  ["backend", wanted, "bun-linux-x64"],
  ["backend", wanted, undefined],
])("a %s that was built for another machine is refused", (name, balancer, backend) => {
  writeBuild({ balancer, backend });
  const found = { balancer, backend }[name] ?? "an unknown machine";
  expect(readArtifacts(dist)).toEqual({
    ok: false,
    fault: `${join(dist, name)}: found a build for ${found}, ${toRun}`,
  });
});
