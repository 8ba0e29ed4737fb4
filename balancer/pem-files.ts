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
    certificates: config.listeners.map((listener) =>
      certificatesOf(listener).map(({ cert, key, serverName }) => ({
        cert: readPem(cert),
        key: readPem(key),
        serverName,
      })),
    ),
    authorities: Object.fromEntries(authorities),
    stickySecrets: Object.fromEntries(
      Object.entries(config.groups).flatMap(([name, { sticky }]) =>
        sticky === undefined ? [] : [[name, stickySecret(sticky)]],
      ),
    ),
  };
}

function certificatesOf(listener: ListenerConfig): readonly CertificateConfig[] {
  return listener.protocol === "udp" ? [] : (listener.tls ?? []);
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
