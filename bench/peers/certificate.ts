import { generate } from "selfsigned";
import type { Certificate } from "./peer.ts";

/** A self-signed certificate for this machine, the same for every proxy: what TLS costs depends on its kind of key. */
export async function selfSigned(): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      {
        name: "subjectAltName",
        altNames: [
          { type: 2, value: "localhost" },
          { type: 7, ip: "127.0.0.1" },
        ],
      },
    ],
  });
  return { cert, key };
}
