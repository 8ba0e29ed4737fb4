import { z } from "zod";

const file = z
  .string()
  .min(1)
  .meta({ description: 'File to append to, or "stdout".', examples: ["/var/log/ballast/access.log"] });

const described = z.strictObject({
  file,
  format: z
    .enum(["json", "common", "combined"])
    .default("json")
    .meta({
      description: "A JSON object a line, or Apache's Common or Combined Log Format.",
      examples: ["combined"],
    }),
});

/** Where each request leaves a line; a file's name alone stands for JSON. */
export const accessLogSchema = z.union(
  [file.transform((name): z.output<typeof described> => ({ file: name, format: "json" })), described],
  { error: 'a file, "stdout", or an object with `file` and `format`' },
);

export type AccessLogConfig = z.output<typeof accessLogSchema>;
