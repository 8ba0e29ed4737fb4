import { z } from "zod";
import { isInNetworks, networksOf } from "./cidr.ts";
import { type Fault, valueAt } from "./fault.ts";
import { listenAddress } from "./scalars.ts";

/** Where operators look and act: docs/observability.md. */
export const adminSchema = z.strictObject({
  listen: listenAddress.meta({
    description: "Address and port of the admin server; one that is not loopback needs `token`.",
    examples: ["127.0.0.1:9900"],
  }),
  token: z
    .string()
    .min(1)
    .regex(/^[\x21-\x7e]+$/, { error: "printable ASCII characters without blanks" })
    .optional()
    .meta({
      description: "What `authorization: Bearer` has to give for all that changes something.",
      examples: ["a-long-random-text"],
    }),
  auditLog: z
    .string()
    .min(1)
    .optional()
    .meta({
      description:
        "File for one JSON line for each thing that an operator changes. Left out: they go to the log.",
      examples: ["/var/log/ballast/audit.log"],
    }),
});

export type AdminConfig = z.output<typeof adminSchema>;

const loopback = networksOf(["127.0.0.0/8", "::1"]);

/** Whether only this machine reaches the address; `hostname` as in a listen address, or in a `Host` field without its port. */
export function isLoopback(hostname: string): boolean {
  return hostname.toLowerCase() === "localhost" || isInNetworks(hostname, loopback);
}

/** What everybody in the network reaches has to be guarded. */
export function adminFaults(root: unknown): Fault[] {
  const path = ["admin", "listen"];
  const listen = listenAddress.safeParse(valueAt(root, path)).data;
  if (listen === undefined || isLoopback(listen.hostname)) return [];
  if (valueAt(root, ["admin", "token"]) !== undefined) return [];
  return [
    {
      path,
      found: `${JSON.stringify(valueAt(root, path))}, which other machines reach, without \`token\``,
      expected: 'a loopback address such as "127.0.0.1:9900", or `token` beside it',
    },
  ];
}
