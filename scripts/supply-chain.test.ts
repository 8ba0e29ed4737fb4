import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import manifest from "../package.json";
import { advisoriesIn, auditOf } from "./audit.ts";
import { reachable, readLockfile, resolve } from "./lockfile.ts";
import { sbom } from "./sbom.ts";

const lockfile = readLockfile(join(import.meta.dir, "..", "bun.lock"));
const packages = [...lockfile.packages.values()];
const exact = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

describe("versions", () => {
  test("are exact, and those of bun.lock", () => {
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !exact.test(version),
    );
    expect(ranges).toEqual([]);
    expect([lockfile.dependencies, lockfile.devDependencies]).toEqual([
      manifest.dependencies,
      manifest.devDependencies,
    ]);
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }))
      expect([name, resolve(lockfile, "", name)?.version]).toEqual([name, version]);
  });

  test("of Bun are one", () => {
    expect(manifest.packageManager).toBe(`bun@${manifest.engines.bun}`);
    expect(exact.test(manifest.engines.bun)).toBe(true);
  });

  test("of every package are held by a checksum", () => {
    expect(packages.filter(({ integrity }) => !/^sha512-[\w+/]{86}==$/.test(integrity ?? ""))).toEqual([]);
    expect(packages.filter(({ version }) => !exact.test(version))).toEqual([]);
  });

  test("bring no scripts that run at the installation", () => {
    expect(manifest).not.toHaveProperty("trustedDependencies");
  });
});

describe("the SBOM", () => {
  const bom = sbom(lockfile);

  test("names every package of bun.lock once, by what it needs", () => {
    const refs = bom.components.map((component) => component["bom-ref"]);
    expect(new Set(refs)).toEqual(new Set(lockfile.packages.keys()));
    expect(new Set(refs).size).toBe(refs.length);
    const known = new Set([...refs, bom.metadata.component["bom-ref"]]);
    expect(
      bom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter((ref) => !known.has(ref)),
    ).toEqual([]);
    expect(new Set(bom.dependencies.map(({ ref }) => ref))).toEqual(known);
  });

  test("gives version, checksum and licence", () => {
    const zod = bom.components.find(({ purl }) => purl === `pkg:npm/zod@${manifest.dependencies.zod}`);
    expect(zod).toMatchObject({ name: "zod", scope: "required", licenses: [{ expression: "MIT" }] });
    expect(zod?.hashes?.[0]?.content).toMatch(/^[0-9a-f]{128}$/);
    const scoped = bom.components.find(({ purl }) => purl.startsWith("pkg:npm/%40biomejs/biome@"));
    expect(scoped).toMatchObject({ group: "@biomejs", name: "biome", scope: "excluded" });
  });

  test("tells what the product needs from what its making needs", () => {
    const product = reachable(lockfile, Object.keys(manifest.dependencies));
    expect(product.has("zod")).toBe(true);
    expect(product.has("typescript")).toBe(false);
  });

  test("is the same for the same lockfile", () => {
    expect(JSON.stringify(sbom(lockfile))).toBe(JSON.stringify(bom));
    expect(bom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });
});

test.each([
  [0, "No vulnerabilities found", "clean"],
  [1, "error: POST https://registry.npmjs.org/-/npm/v1/security/advisories/bulk - 405", "skipped"],
  [1, "error: ConnectionRefused: ", "skipped"],
  [
    1,
    "zod  <4.0.0\n  high: a fault - https://github.com/advisories/GHSA-x\n1 vulnerabilities (1 high)",
    "vulnerable",
  ],
  [1, "error: No package.json was found", "failed"],
] as const)("an audit that ends with %d and %j is %s", (exitCode, output, audit) => {
  expect(auditOf(exitCode, output)).toBe(audit);
});

test("an audit for programs has the registry's answer, or what was said in its place", () => {
  expect(advisoriesIn('{"zod":[{"severity":"high"}]}\n', "…")).toEqual({
    advisories: { zod: [{ severity: "high" }] },
  });
  expect(advisoriesIn("", "error: ConnectionRefused: ")).toEqual({ reason: "error: ConnectionRefused: " });
});
