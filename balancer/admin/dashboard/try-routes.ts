import { z } from "zod";
import type { TryAnswer, TryRequest, TryTargets } from "../../observe/try-messages.ts";
import { line } from "../admin-server.ts";
import type { AdminRoute } from "../route.ts";

const requestSchema: z.ZodType<TryRequest> = z.strictObject({
  listener: z.string(),
  method: z.string().regex(/^[A-Z]{1,20}$/, "expected a method such as GET"),
  path: z
    .string()
    .max(8192)
    .regex(/^\/[\x21-\x7e]*$/, 'expected a path that begins with "/", without spaces'),
  host: z
    .string()
    .max(255)
    .regex(/^[\w.:[\]-]+$/, "expected a host, perhaps with a port"),
});

/** What sends a request; undefined when there is no such listener. */
export type Trier = (request: TryRequest) => Promise<TryAnswer> | undefined;

/** The dashboard's "try it": which listeners there are, and what becomes of a request through one of them. */
export function tryRoutes(listeners: () => readonly string[], send: Trier): AdminRoute[] {
  return [
    {
      method: "GET",
      path: "/try",
      access: "read",
      handle: () => Response.json({ listeners: listeners() } satisfies TryTargets),
    },
    {
      method: "POST",
      path: "/try",
      access: "change",
      async handle(request) {
        let value: unknown;
        try {
          value = await request.json();
        } catch {
          return line(400, "expected JSON");
        }
        const parsed = requestSchema.safeParse(value);
        if (!parsed.success) return line(422, z.prettifyError(parsed.error));
        const answer = send(parsed.data);
        if (answer === undefined) {
          const known = listeners().join(", ") || "none";
          return line(
            422,
            `found listener ${JSON.stringify(parsed.data.listener)}, expected one that speaks HTTP: ${known}`,
          );
        }
        return Response.json(await answer);
      },
    },
  ];
}
