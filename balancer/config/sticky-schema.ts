import { z } from "zod";
import { absolutePath, duration } from "./scalars.ts";

/** Shorter ones can be guessed. */
const secret = z.string().min(16, { error: "at least 16 characters" });

/** How clients keep to a target. */
export const stickySchema = z.strictObject({
  cookie: z
    .string()
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'a cookie\'s name, such as "route"' })
    .meta({ description: "Name of the cookie that is set.", examples: ["route"] }),
  secret: secret.optional().meta({
    description:
      "What cookies are signed with, at least 16 characters; the same for all balancers of a site.",
    examples: ["a-long-random-text"],
  }),
  secretFile: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: "File that holds the secret. Without any the secret is drawn anew at each start.",
      examples: ["/etc/ballast/sticky.secret"],
    }),
  secretEnv: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: "Environment variable that holds the secret.",
      examples: ["BALLAST_STICKY_SECRET"],
    }),
  ttl: duration.optional().meta({
    description: "How long browsers keep the cookie (Max-Age). Left out: until they are closed.",
    examples: ["8h"],
  }),
  path: absolutePath
    .default("/")
    .meta({ description: "For which paths browsers send it.", examples: ["/shop"] }),
  secure: z
    .boolean()
    .default(false)
    .meta({ description: "Browsers send it over TLS alone.", examples: [true] }),
  httpOnly: z
    .boolean()
    .default(true)
    .meta({ description: "Scripts in the page don't see it.", examples: [false] }),
  sameSite: z
    .enum(["Strict", "Lax", "None"])
    .default("Lax")
    .meta({
      description: "Whether browsers send it with requests from other sites; None needs `secure`.",
      examples: ["Strict"],
    }),
  keepWhileDraining: z
    .boolean()
    .default(false)
    .meta({ description: "A draining target keeps its sessions, and takes no new ones.", examples: [true] }),
});
