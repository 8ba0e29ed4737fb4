import { createPrivateKey, X509Certificate } from "node:crypto";
import type { PemFilesConfig } from "../config/certificate-schema.ts";
import type { Certificate } from "../http/edge.ts";
import { type Named, type NamedFault, readPem } from "./named-file.ts";

/** A certificate and its key, read. Bun would take a pair that does not fit, and fail at every handshake. */
export function readCertificate({ cert, key, serverName }: PemFilesConfig): Named<Certificate> {
  const chain = readPem("cert", cert, "a PEM file with the certificate and its chain");
  const secret = readPem("key", key, "a PEM file with the private key");
  if (!chain.ok || !secret.ok)
    return { ok: false, faults: [chain, secret].flatMap((read) => (read.ok ? [] : read.faults)) };
  const fault = faultOfPair({ cert: chain.value, key: secret.value }, { cert, key });
  if (fault !== undefined) return { ok: false, faults: [fault] };
  return { ok: true, value: { cert: chain.value, key: secret.value, serverName } };
}

const certificateBlock = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** The authorities to trust, which the key `ca` names: one certificate or more. */
export function readAuthorities(name: string): Named<string> {
  const expected = "a PEM file with the authorities to trust";
  const read = readPem("ca", name, expected);
  if (!read.ok) return read;
  const blocks = read.value.match(certificateBlock) ?? [];
  const faulty = blocks.map((block) => parsed(() => new X509Certificate(block)));
  const found =
    blocks.length === 0 ? "no certificate" : faulty.find((each): each is string => typeof each === "string");
  return found === undefined ? read : { ok: false, faults: [{ key: "ca", name, found, expected }] };
}

function faultOfPair(
  pem: Pick<Certificate, "cert" | "key">,
  names: Pick<PemFilesConfig, "cert" | "key">,
): NamedFault | undefined {
  const certificate = parsed(() => new X509Certificate(pem.cert));
  if (typeof certificate === "string")
    return { key: "cert", name: names.cert, found: certificate, expected: "a certificate" };
  const privateKey = parsed(() => createPrivateKey(pem.key));
  if (typeof privateKey === "string")
    return { key: "key", name: names.key, found: privateKey, expected: "a private key without password" };
  if (certificate.checkPrivateKey(privateKey)) return undefined;
  const found = `a key that is not that of ${names.cert}`;
  return { key: "key", name: names.key, found, expected: "the certificate's own" };
}

/** What a reader makes of a text, or what it has against it. */
function parsed<T extends object>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    return `what can't be understood (${(error as Error).message})`;
  }
}
