/**
 * `bun run sbom [FILE]`: what the project is made of, as CycloneDX 1.6 JSON (https://cyclonedx.org/docs/1.6/json/), from bun.lock
 * and the licences in node_modules. The same lockfile gives the same bytes.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { name, packageManager, version } from "../package.json";
import { type LockedPackage, type Lockfile, reachable, readLockfile, resolve } from "./lockfile.ts";

const root = join(import.meta.dir, "..");

export interface Component {
  readonly type: "library";
  readonly "bom-ref": string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
  readonly scope: "required" | "excluded";
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: "SHA-512"; readonly content: string }[];
  readonly licenses?: readonly { readonly expression: string }[];
}

export function sbom(lockfile: Lockfile) {
  const inProduct = reachable(lockfile, Object.keys(lockfile.dependencies));
  const self = `pkg:npm/${name}@${version}`;
  const packages = [...lockfile.packages.values()];
  const direct = Object.keys({ ...lockfile.dependencies, ...lockfile.devDependencies });
  const components = packages.map((each) => component(each, inProduct.has(each.key)));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(components))}`,
    version: 1,
    metadata: {
      component: { type: "application", "bom-ref": self, name, version, purl: self },
      // Compiled into the executables.
      properties: [{ name: "ballast:runtime", value: packageManager }],
    },
    components,
    dependencies: [
      { ref: self, dependsOn: refs(lockfile, "", direct) },
      ...packages.map(({ key, needs }) => ({ ref: key, dependsOn: refs(lockfile, key, needs) })),
    ],
  };
}

function component(locked: LockedPackage, isInProduct: boolean): Component {
  const [scopeName, bareName] = locked.name.startsWith("@")
    ? locked.name.split("/")
    : [undefined, locked.name];
  const license = licenseOf(locked);
  return {
    type: "library",
    "bom-ref": locked.key,
    ...(scopeName !== undefined && { group: scopeName }),
    name: bareName ?? locked.name,
    version: locked.version,
    scope: isInProduct ? "required" : "excluded",
    purl: `pkg:npm/${locked.name.replace("@", "%40")}@${locked.version}`,
    ...(locked.integrity?.startsWith("sha512-") && {
      hashes: [{ alg: "SHA-512", content: Buffer.from(locked.integrity.slice(7), "base64").toString("hex") }],
    }),
    ...(license !== undefined && { licenses: [{ expression: license }] }),
  };
}

/** An SPDX expression; undefined for a package that is not installed, as those for other platforms. */
function licenseOf({ key }: LockedPackage): string | undefined {
  const folder = key.replaceAll(/(?<!^@[^/]*)(?<!\/@[^/]*)\//g, "/node_modules/");
  const file = join(root, "node_modules", folder, "package.json");
  if (!existsSync(file)) return undefined;
  const { license } = JSON.parse(readFileSync(file, "utf8")) as { readonly license?: unknown };
  return typeof license === "string" && /^[\w.+-]+(?: (?:AND|OR|WITH) [\w.+-]+)*$/.test(license)
    ? license
    : undefined;
}

function refs(lockfile: Lockfile, from: string, names: readonly string[]): string[] {
  const found = names.map((each) => resolve(lockfile, from, each)?.key);
  return [...new Set(found.filter((key) => key !== undefined))].sort();
}

/** Of version 8 (RFC 9562 §5.8), from a digest. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join("-");
}

const help = `Lists what the project is made of, as CycloneDX 1.6 JSON, from bun.lock and the licences
in node_modules.

Usage: bun run sbom [FILE]

  FILE     where to write it (default: standard output)
  --help   print this

Exit codes: 0 written, 2 for a command line it does not understand.

Examples:
  bun run sbom sbom.json
  bun run sbom | jq -r '.components[].purl'
`;

if (import.meta.main) {
  const [file, ...more] = process.argv.slice(2);
  if (file === "--help" || file === "-h") process.stdout.write(help);
  else if (file?.startsWith("-") || more.length > 0) {
    console.error(
      `sbom: found ${process.argv.slice(2).join(" ")}, expected one file; try bun run sbom --help`,
    );
    process.exitCode = 2;
  } else {
    const text = `${JSON.stringify(sbom(readLockfile(join(root, "bun.lock"))), null, 2)}\n`;
    if (file === undefined) process.stdout.write(text);
    else writeFileSync(file, text);
  }
}
