import { isIP } from "node:net";
import { z } from "zod";
import { policySchema } from "./policy-schema.ts";
import { cidr, count, duration, listenAddress } from "./scalars.ts";

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const aPortRange = 'a port or a range of ports from 1 to 65535, such as "8000" or "1024-65535"';

const portRange = z
  .string()
  .regex(/^\d{1,5}(-\d{1,5})?$/, { error: aPortRange })
  .transform((text, context): PortRange => {
    const [first = 0, last = first] = text.split("-").map(Number);
    if (first >= 1 && first <= last && last <= 65_535) return { first, last };
    context.addIssue({ code: "custom", message: aPortRange });
    return z.NEVER;
  });

/** Where servers announce themselves: docs/control.md. */
export const controlSchema = z.strictObject({
  listen: listenAddress.meta({
    description: "Address and port that servers connect to.",
    examples: ["0.0.0.0:8081"],
  }),
  bind: z
    .string()
    .refine((text) => isIP(text) !== 0, { error: 'an IP address such as "0.0.0.0" or "::"' })
    .default("0.0.0.0")
    .meta({ description: "Address that the ports opened for servers are bound to.", examples: ["10.0.0.5"] }),
  hello: duration.prefault("2s").meta({ description: "Between two hellos to a server.", examples: ["1s"] }),
  timeout: duration.prefault("5s").meta({
    description: "A server that leaves a hello unanswered for this long is cleaned up.",
    examples: ["10s"],
  }),
  token: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Servers have to give it when they register.", examples: ["a-long-random-text"] }),
  allow: z
    .array(cidr)
    .min(1)
    .optional()
    .meta({
      description:
        "Only servers in these networks may connect. Left out: with a token all, without one private and loopback addresses.",
      examples: [["10.0.0.0/8"]],
    }),
  ports: portRange
    .prefault("1-65535")
    .meta({ description: "Ports that servers may register.", examples: ["1024-65535"] }),
  policy: policySchema.prefault("least-connections").meta({
    description: "How a server is chosen where the first to register names no policy.",
    examples: ["round-robin"],
  }),
  registerTimeout: duration.prefault("10s").meta({
    description: "A connection that has nothing registered for this long is closed.",
    examples: ["5s"],
  }),
  maxConnections: count(1)
    .default(1024)
    .meta({ description: "Control connections at once.", examples: [64] }),
  maxServers: count(1)
    .default(4096)
    .meta({ description: "Registrations at once, over all ports and connections.", examples: [256] }),
});

export type ControlConfig = z.output<typeof controlSchema>;
