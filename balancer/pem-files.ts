import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { CertificateConfig, Config, ListenerConfig } from "./config/schema.ts";
import type { Certificate } from "./http/edge.ts";
import { stickySecret } from "./sticky-secret.ts";

/** The PEM files that a config names, and its secrets, read. */
export interface PemFiles {
  /** Of each listener, in the config's order. */
  readonly certificates: readonly (readonly Certificate[])[];
  /** By group: the authorities that its `tls.ca` names. */
  readonly authorities: Readonly<Record<string, string>>;
  /** By group: what the cookies of its sticky sessions are signed with. */
  readonly stickySecrets: Readonly<Record<string, string>>;
}

/** Throws with the file's name when one can't be read or is none. */
export function readPemFiles(config: Config): PemFiles {
  const authorities = Object.entries(config.groups).flatMap(([name, { tls }]) =>
    tls?.ca === undefined ? [] : [[name, readPem(tls.ca)]],
  );
  return {
    certificates: config.listeners.map((listener) => certificatesOf(listener).map(readCertificate)),
    authorities: Object.fromEntries(authorities),
    stickySecrets: Object.fromEntries(
      Object.entries(config.groups).flatMap(([name, { sticky }]) =>
        sticky === undefined ? [] : [[name, stickySecret(sticky)]],
      ),
    ),
  };
}

/** The names of all of them. */
export function pemFileNames({ listeners, groups }: Config): readonly string[] {
  const certificates = listeners.flatMap(certificatesOf).flatMap(({ cert, key }) => [cert, key]);
  const authorities = Object.values(groups).flatMap(({ tls }) => (tls?.ca === undefined ? [] : [tls.ca]));
  return [...certificates, ...authorities];
}

function certificatesOf(listener: ListenerConfig): readonly CertificateConfig[] {
  return listener.protocol === "udp" ? [] : (listener.tls ?? []);
}

function readCertificate({ cert, key, serverName }: CertificateConfig): Certificate {
  const pem = { cert: readPem(cert), key: readPem(key), serverName };
  // Bun would take them, and fail at every handshake.
  if (!belongTogether(pem)) throw new Error(`${key}: found a key that is not that of ${cert}`);
  return pem;
}

function belongTogether({ cert, key }: Certificate): boolean {
  return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
}

function readPem(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`${file}: can't be read: ${(error as Error).message}`);
  }
  if (!text.includes("-----BEGIN ")) throw new Error(`${file}: found no PEM block, expected "-----BEGIN …"`);
  return text;
}
