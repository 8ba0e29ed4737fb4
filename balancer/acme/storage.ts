import { createHash, X509Certificate } from "node:crypto";
import {
  accessSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { AcmeConfig } from "../config/acme-schema.ts";

/** A certificate that was obtained, with its key: PEM texts. */
export interface StoredCertificate {
  /** With its chain. */
  readonly cert: string;
  readonly key: string;
  /** In ms since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

const keyBlock = /-----BEGIN ([A-Z ]*)PRIVATE KEY-----[^-]+-----END \1PRIVATE KEY-----\n?/;

/**
 * What is kept over restarts: `<storage>/<authority>/account.pem` and `<storage>/<authority>/certificates/*.pem`, each the key
 * followed by the chain, so that no crash leaves a key beside another's certificate.
 */
export class AcmeStorage {
  private readonly directory: string;
  private readonly certificates: string;

  constructor({ storage, directory }: Pick<AcmeConfig, "storage" | "directory">) {
    this.directory = join(storage, directoryName(directory));
    this.certificates = join(this.directory, "certificates");
  }

  /** Makes its directories; throws when nothing can be written to them. */
  open(): void {
    mkdirSync(this.certificates, { recursive: true, mode: 0o700 });
    for (const each of [this.directory, this.certificates]) accessSync(each, constants.W_OK);
  }

  /** PEM; undefined when there is none yet. */
  get accountKey(): string | undefined {
    return textOf(join(this.directory, "account.pem"));
  }

  saveAccountKey(pem: string): void {
    writeWhole(join(this.directory, "account.pem"), pem);
  }

  /** The one that was obtained for just these names; undefined when there is none, or it can't be understood. */
  certificateOf(names: readonly string[]): StoredCertificate | undefined {
    return this.read(fileNameOf(names));
  }

  /**
   * What to show for these names: their own certificate, and until that is there the one that holds for most of them, such
   * as that of the config before.
   */
  bestFor(names: readonly string[]): StoredCertificate | undefined {
    const own = this.certificateOf(names);
    if (own !== undefined) return own;
    let best: { readonly stored: StoredCertificate; readonly count: number } | undefined;
    for (const file of filesIn(this.certificates)) {
      const stored = this.read(file);
      if (stored === undefined) continue;
      const certificate = new X509Certificate(stored.cert);
      const count = names.filter((name) => certificate.checkHost(name) !== undefined).length;
      if (count > (best?.count ?? 0)) best = { stored, count };
    }
    return best?.stored;
  }

  save(names: readonly string[], { cert, key }: Pick<StoredCertificate, "cert" | "key">): void {
    writeWhole(join(this.certificates, fileNameOf(names)), `${key.trimEnd()}\n${cert.trimEnd()}\n`);
  }

  private read(file: string): StoredCertificate | undefined {
    const text = textOf(join(this.certificates, file));
    const key = keyBlock.exec(text ?? "")?.[0];
    if (text === undefined || key === undefined) return undefined;
    return describeCertificate(text.replace(key, ""), key);
  }
}

/** Undefined when `cert` is no certificate. */
export function describeCertificate(cert: string, key: string): StoredCertificate | undefined {
  try {
    const { validFrom, validTo } = new X509Certificate(cert);
    return { cert, key, notBeforeMs: Date.parse(validFrom), notAfterMs: Date.parse(validTo) };
  } catch {
    // Somebody has been at the file: another certificate takes its place.
    return undefined;
  }
}

/** The order of names makes no difference. */
function fileNameOf(names: readonly string[]): string {
  const hash = createHash("sha256")
    .update([...names].sort().join(" "))
    .digest("hex")
    .slice(0, 8);
  return `${names.toSorted()[0]}-${hash}.pem`;
}

/** `https://a.example/acme/directory` → `a.example-acme-directory`: another authority has other accounts and certificates. */
function directoryName(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`.replaceAll(/[^A-Za-z0-9.-]+/g, "-").replace(/-$/, "");
}

function filesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".pem"));
  } catch (error) {
    return noneWhenMissing(error) ?? [];
  }
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    return noneWhenMissing(error);
  }
}

function noneWhenMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  return undefined;
}

/** Readers see the former text or this one, and nobody else sees either. */
export function writeWhole(file: string, text: string): void {
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(unfinished, text, { mode: 0o600, flush: true });
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}
