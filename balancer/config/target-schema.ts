import { z } from "zod";
import { count, targetUrl } from "./scalars.ts";

/** One target; the address stands for an id that is left out. */
export const targetSchema = z
  .strictObject({
    id: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "Unique in its group; the address when left out.", examples: ["i-1"] }),
    url: targetUrl,
    weight: z
      .number()
      .positive()
      .max(1000)
      .default(1)
      .meta({ description: "Share of traffic.", examples: [2] }),
    instance: z
      .string()
      .min(1)
      .optional()
      .meta({
        description: "Its instance id, for the policy `cloudwatch`; the target's id when left out.",
        examples: ["i-0123456789abcdef0"],
      }),
    priority: count(0, 100)
      .optional()
      .meta({
        description:
          "Lower ones are used first; the next when less than 71 % of them are available. Left out: 0.",
        examples: [1],
      }),
    zone: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "Where it stands, such as an availability zone.", examples: ["eu-central-1a"] }),
  })
  .transform(({ id, ...rest }) => ({ id: id ?? rest.url.slice(rest.url.indexOf("//") + 2), ...rest }));
