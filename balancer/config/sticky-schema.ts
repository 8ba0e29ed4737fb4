import { z } from "zod";
import { absolutePath, duration } from "./scalars.ts";

/** Shorter ones can be guessed. */
const secret = z.string().min(16, { error: "at least 16 characters" });

/** How clients keep to a target. */
export const stickySchema = z.strictObject({
  cookie: z
    .string()
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, { error: 'a cookie\'s name, such as "route"' })
    .meta({ description: "Name of the cookie that is set." }),
  secret: secret.optional().meta({
    description:
      "What cookies are signed with, at least 16 characters; the same for all balancers of a site.",
  }),
  secretFile: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "File that holds the secret. Without any the secret is drawn anew at each start." }),
  secretEnv: z
    .string()
    .min(1)
    .optional()
    .meta({ description: "Environment variable that holds the secret." }),
  ttl: duration
    .optional()
    .meta({ description: "How long browsers keep the cookie (Max-Age). Left out: until they are closed." }),
  path: absolutePath.default("/").meta({ description: "For which paths browsers send it." }),
  secure: z.boolean().default(false).meta({ description: "Browsers send it over TLS alone." }),
  httpOnly: z.boolean().default(true).meta({ description: "Scripts in the page don't see it." }),
  sameSite: z
    .enum(["Strict", "Lax", "None"])
    .default("Lax")
    .meta({ description: "Whether browsers send it with requests from other sites; None needs `secure`." }),
  keepWhileDraining: z
    .boolean()
    .default(false)
    .meta({ description: "A draining target keeps its sessions, and takes no new ones." }),
});
