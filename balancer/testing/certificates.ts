import { generate } from "selfsigned";

/** PEM texts. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** For tests: an authority of its own. */
export async function createAuthority(): Promise<KeyPair> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "test authority" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true },
    ],
  });
  return { cert, key };
}

/** A server's certificate for names and IPv4 addresses, signed by the authority. */
export async function issue(authority: KeyPair, ...names: string[]): Promise<KeyPair> {
  const { cert, private: key } = await generate([{ name: "commonName", value: names[0] ?? "" }], {
    keyType: "ec",
    algorithm: "sha256",
    ca: authority,
    extensions: [
      {
        name: "subjectAltName",
        altNames: names.map((name) =>
          /^[\d.]+$/.test(name) ? { type: 7, ip: name } : { type: 2, value: name },
        ),
      },
    ],
  });
  return { cert, key };
}
