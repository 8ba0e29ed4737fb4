import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadProfile } from "./load-profile.ts";

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "backend-profile-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

function file(content: string): string {
  const path = join(directory, "profile.json");
  writeFileSync(path, content);
  return path;
}

function faultsOf(nameOrPath: string): readonly string[] {
  const loaded = loadProfile(nameOrPath);
  return loaded.ok ? [] : loaded.faults;
}

describe("loadProfile", () => {
  test("knows the instance types of the lab", () => {
    expect(loadProfile("t2.large")).toEqual({
      ok: true,
      value: { workers: 2, service: { distribution: "exponential", meanMs: 10 } },
    });
    expect(loadProfile("t2.micro")).toMatchObject({
      ok: true,
      value: { workers: 1, service: { meanMs: 20 }, noisyNeighbour: { slowdown: 3 } },
    });
  });

  test("reads a file", () => {
    const profile = { workers: 3, service: { distribution: "constant" as const, meanMs: 5 } };
    expect(loadProfile(file(JSON.stringify(profile)))).toEqual({ ok: true, value: profile });
  });

  test("a name that is neither names the ones there are", () => {
    expect(faultsOf("t2.mirco")[0]).toStartWith(
      "t2.mirco: expected t2.large, t2.micro or a readable file: ENOENT",
    );
    expect(faultsOf("toString")[0]).toStartWith("toString: expected t2.large");
  });

  test("a file that is no JSON", () => {
    const path = file("{ workers: 2 }");
    expect(faultsOf(path)[0]).toStartWith(`${path}: expected JSON: `);
  });

  test("every fault of a file names it", () => {
    const path = file("{}");
    const faults = faultsOf(path);
    expect(faults).toHaveLength(2);
    for (const fault of faults) expect(fault).toStartWith(`${path}: `);
  });
});
