import { createHash } from "node:crypto";
import { closeSync, existsSync, openSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";

/** One executable that instances run. */
export interface Artifact {
  readonly file: string;
  /** Of its content, in hexadecimal. */
  readonly sha256: string;
}

export type ProgramName = "balancer" | "backend";

export type Artifacts = Readonly<Record<ProgramName, Artifact>>;

export type ReadArtifacts =
  | { readonly ok: true; readonly artifacts: Artifacts }
  | { readonly ok: false; readonly fault: string };

/**
 * What the instances' processors are sure to run: for t2 AWS doesn't promise AVX2, which Bun's other
 * x64 build needs.
 */
export const buildTarget = "bun-linux-x64-baseline";

/** The executables in `directory`, once they are there and made for the instances. */
export function readArtifacts(directory: string): ReadArtifacts {
  const expected = `expected executables for ${buildTarget}: run "bun run build --target ${buildTarget}"`;
  const files = { balancer: join(directory, "balancer"), backend: join(directory, "backend") };
  for (const file of Object.values(files)) {
    if (!existsSync(file)) return { ok: false, fault: `${file}: found no file, ${expected}` };
    const builtFor = targetOf(file);
    if (builtFor !== buildTarget)
      return { ok: false, fault: `${file}: found a build for ${builtFor}, ${expected}` };
  }
  const artifact = (file: string): Artifact => ({ file, sha256: sha256Of(file) });
  return { ok: true, artifacts: { balancer: artifact(files.balancer), backend: artifact(files.backend) } };
}

/** What `bun run build` has compiled the executable for. */
function targetOf(file: string): string {
  const record = `${file}.target`;
  return existsSync(record) ? readFileSync(record, "utf8").trim() : "an unknown machine";
}

/** A part at a time: an executable has 100 MB. */
function sha256Of(file: string): string {
  const hash = createHash("sha256");
  const part = new Uint8Array(1 << 20);
  const descriptor = openSync(file, "r");
  try {
    for (let length = readSync(descriptor, part); length > 0; length = readSync(descriptor, part))
      hash.update(part.subarray(0, length));
  } finally {
    closeSync(descriptor);
  }
  return hash.digest("hex");
}
