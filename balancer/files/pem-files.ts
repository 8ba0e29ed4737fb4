import { AcmeStorage } from "../acme/storage.ts";
import type { AcmeNamesConfig, PemFilesConfig } from "../config/certificate-schema.ts";
import type { Config, ListenerConfig } from "../config/schema.ts";
import type { Certificate } from "../http/edge.ts";
import { readAuthorities, readCertificate } from "./certificate-file.ts";
import { valueIn } from "./named-file.ts";
import { stickySecret } from "./sticky-secret.ts";

/** The PEM files that a config names, and its secrets, read. */
export interface PemFiles {
  /** Of each listener, in the config's order; without those that have yet to be obtained. */
  readonly certificates: readonly (readonly Certificate[])[];
  /** Those of them that are from files, in the place that each has in the listener's config. */
  readonly fromFiles: readonly (readonly (Certificate | undefined)[])[];
  /** By group: the authorities that its `tls.ca` names. */
  readonly authorities: Readonly<Record<string, string>>;
  /** By group: what the cookies of its sticky sessions are signed with. */
  readonly stickySecrets: Readonly<Record<string, string>>;
}

/** Throws with the file's name when one can't be read or is none. */
export function readPemFiles(config: Config): PemFiles {
  const authorities = Object.entries(config.groups).flatMap(([name, { tls }]) =>
    tls?.ca === undefined ? [] : [[name, valueIn(readAuthorities(tls.ca))]],
  );
  return withObtained(config, {
    fromFiles: config.listeners.map((listener) =>
      certificatesOf(listener).map((each) =>
        each.acme === undefined ? valueIn(readCertificate(each)) : undefined,
      ),
    ),
    authorities: Object.fromEntries(authorities),
    stickySecrets: Object.fromEntries(
      Object.entries(config.groups).flatMap(([name, { sticky }]) =>
        sticky === undefined ? [] : [[name, valueIn(stickySecret(sticky))]],
      ),
    ),
  });
}

/** What was read, with the certificates that the authority has given by now. */
export function withObtained(config: Config, read: Omit<PemFiles, "certificates">): PemFiles {
  const storage = config.acme && new AcmeStorage(config.acme);
  const certificates = config.listeners.map((listener, number) =>
    certificatesOf(listener).flatMap(({ acme: names }, index): readonly Certificate[] => {
      if (names === undefined) {
        const certificate = read.fromFiles[number]?.[index];
        return certificate === undefined ? [] : [certificate];
      }
      const stored = storage?.bestFor(names);
      if (stored === undefined) return [];
      const { cert, key } = stored;
      // The listener's first serves clients that ask for any other name too.
      return (index === 0 ? [undefined] : names).map((serverName) => ({ cert, key, serverName }));
    }),
  );
  return { ...read, certificates };
}

/** The names of all that are not the balancer's own. */
export function pemFileNames({ listeners, groups }: Config): readonly string[] {
  const certificates = listeners
    .flatMap(certificatesOf)
    .flatMap((each) => (each.acme === undefined ? [each.cert, each.key] : []));
  const authorities = Object.values(groups).flatMap(({ tls }) => (tls?.ca === undefined ? [] : [tls.ca]));
  return [...certificates, ...authorities];
}

export function certificatesOf(listener: ListenerConfig): readonly (PemFilesConfig | AcmeNamesConfig)[] {
  return listener.protocol === "udp" ? [] : (listener.tls ?? []);
}
