import { z } from "zod";
import { describeValue, type Fault, type FieldPath, valueAt } from "./fault.ts";
import { duration, hostPattern, listenAddress } from "./scalars.ts";
import type { Config, HttpListenerConfig } from "./schema.ts";

const directory = z.string().refine((text) => URL.canParse(text) && new URL(text).protocol === "https:", {
  error: 'an https:// URL, such as "https://acme-staging-v02.api.letsencrypt.org/directory"',
});

/** Where listeners with `tls.acme` have their certificates from: docs/acme.md. */
export const acmeSchema = z.strictObject({
  termsAgreed: z
    .boolean()
    .refine((isAgreed) => isAgreed, {
      error: "true: the authority gives no certificate to who does not agree",
    })
    .meta({ description: "That you agree to the authority's terms of service.", examples: [true] }),
  storage: z
    .string()
    .min(1)
    .meta({
      description: "Directory for the account's key, the certificates and their keys; is made when missing.",
      examples: ["/var/lib/ballast/acme"],
    }),
  email: z
    .string()
    .regex(z.regexes.email, { error: 'an address such as "ops@example.com"' })
    .optional()
    .meta({ description: "Where the authority reaches you.", examples: ["ops@example.com"] }),
  directory: directory.default("https://acme-v02.api.letsencrypt.org/directory").meta({
    description: "The authority.",
    examples: ["https://acme-staging-v02.api.letsencrypt.org/directory"],
  }),
  ca: z
    .string()
    .min(1)
    .optional()
    .meta({
      description:
        "PEM file with the authorities that `directory` itself is trusted by. Left out: the system's.",
      examples: ["/etc/ballast/authority.pem"],
    }),
  externalAccount: z
    .strictObject({
      keyId: z
        .string()
        .min(1)
        .meta({ description: "The account's key id there.", examples: ["kid-1"] }),
      hmacKey: z
        .string()
        .min(1)
        .meta({
          description: "Its key, in base64url.",
          examples: ["aG1hYy1rZXktZnJvbS10aGUtYXV0aG9yaXR5"],
        }),
    })
    .optional()
    .meta({
      description: "Binds to an account with the authority, where it asks for that.",
      examples: [{ keyId: "kid-1", hmacKey: "aG1hYy1rZXktZnJvbS10aGUtYXV0aG9yaXR5" }],
    }),
  renewBefore: duration.optional().meta({
    description:
      "How long before its end a certificate is renewed, at most two thirds of its lifetime. Left out: a third.",
    examples: ["30d"],
  }),
  listener: z
    .string()
    .min(1)
    .optional()
    .meta({
      description:
        "The http listener that the authority's questions to port 80 reach. Left out: all on port 80.",
      examples: ["public"],
    }),
});

export type AcmeConfig = z.output<typeof acmeSchema>;

/** The names that a listener has a certificate from the authority for. */
export const acmeNames = z
  .array(
    hostPattern
      .refine((name) => !name.startsWith("*."), {
        error: "a name without wildcard: those are proved by DNS alone, which is not offered",
      })
      .refine((name) => !/^[\d.]+$/.test(name), { error: 'a name such as "example.com", not an address' }),
  )
  .min(1)
  .max(100)
  .refine((names) => new Set(names).size === names.length, { error: "each name once" });

/** Whether the authority's questions come to this listener. */
export function answersChallenges(
  { tls, name, listen }: HttpListenerConfig,
  { listener }: AcmeConfig,
): boolean {
  return tls === undefined && (listener === undefined ? listen.port === 80 : name === listener);
}

/** The lists of names in a config. */
export function acmeNamesIn({ listeners }: Pick<Config, "listeners">): readonly (readonly string[])[] {
  return listeners.flatMap((listener) => {
    const certificates = listener.protocol === "udp" ? [] : (listener.tls ?? []);
    return certificates.flatMap(({ acme }) => (acme === undefined ? [] : [acme]));
  });
}

/** What certificates from an authority need elsewhere in the config. */
export function acmeFaults(root: unknown, listeners: readonly FieldPath[]): Fault[] {
  const acme = valueAt(root, ["acme"]);
  const users = listeners.flatMap((path) => certificatePaths(root, path));
  if (acme === undefined)
    return users.map((path) => ({
      path,
      found: "names, and no `acme` beside `listeners`",
      expected: '`acme` there, such as {"termsAgreed": true, "storage": "/var/lib/ballast/acme"}',
    }));
  const plain = listeners.filter(
    (path) =>
      valueAt(root, [...path, "protocol"]) === "http" && valueAt(root, [...path, "tls"]) === undefined,
  );
  const wanted = valueAt(root, ["acme", "listener"]);
  if (wanted !== undefined) {
    if (plain.some((path) => valueAt(root, [...path, "name"]) === wanted)) return [];
    return [
      {
        path: ["acme", "listener"],
        found: describeValue(wanted),
        expected: "the name of an http listener without `tls`",
      },
    ];
  }
  const isOnPort80 = (path: FieldPath) =>
    listenAddress.safeParse(valueAt(root, [...path, "listen"])).data?.port === 80;
  if (plain.some(isOnPort80)) return [];
  return [
    {
      path: ["acme"],
      found: "no http listener on port 80, where the authority asks",
      expected: "one, or in `listener` the name of the one that questions to port 80 are forwarded to",
    },
  ];
}

function certificatePaths(root: unknown, listener: FieldPath): FieldPath[] {
  const tls = valueAt(root, [...listener, "tls"]);
  const count = Array.isArray(tls) ? tls.length : 1;
  return Array.from({ length: count }, (_, index) => [...listener, "tls", index, "acme"]).filter(
    (path) => valueAt(root, path) !== undefined,
  );
}
