import { z } from "zod";
import { acmeNames } from "./acme-schema.ts";
import { hostPattern } from "./scalars.ts";

export const certificateSchema = z
  .strictObject({
    cert: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: "PEM file with the certificate and its chain; beside `key`.",
        examples: ["/etc/ballast/example.com.pem"],
      }),
    key: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "PEM file with the private key.", examples: ["/etc/ballast/example.com.key"] }),
    acme: acmeNames.optional().meta({
      description:
        "Names for which to have a certificate from the authority in `acme`, in place of `cert` and `key`.",
      examples: [["example.com", "www.example.com"]],
    }),
    serverName: hostPattern.optional().meta({
      description: "The name clients ask for (SNI); the first certificate serves all others.",
      examples: ["*.example.com"],
    }),
  })
  .transform(({ cert, key, acme, serverName }, context): PemFilesConfig | AcmeNamesConfig => {
    const missing = (path: string, message: string) => {
      context.addIssue({ code: "custom", path: [path], message });
      return z.NEVER;
    };
    if (acme !== undefined) {
      if (cert !== undefined) return missing("cert", "no `cert` beside `acme`");
      if (key !== undefined) return missing("key", "no `key` beside `acme`");
      if (serverName !== undefined)
        return missing("serverName", "no `serverName` beside `acme`, which has the names");
      return { acme };
    }
    if (cert === undefined) return missing("cert", "a PEM file with the certificate, or names in `acme`");
    if (key === undefined) return missing("key", "a PEM file with the private key");
    return { cert, key, serverName };
  });

/** A certificate in files. */
export interface PemFilesConfig {
  readonly cert: string;
  readonly key: string;
  readonly serverName: string | undefined;
  readonly acme?: undefined;
}

/** A certificate from an ACME authority. */
export interface AcmeNamesConfig {
  readonly acme: readonly string[];
}

/** One certificate may stand without its list. */
export const tlsSchema = z.preprocess(
  (value) => (typeof value === "object" && value !== null && !Array.isArray(value) ? [value] : value),
  z
    .array(certificateSchema, {
      error: "an object with `cert` and `key`, or with `acme`, or a list of those",
    })
    .min(1, { error: "not to be empty" }),
);
