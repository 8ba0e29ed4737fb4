import type { BunRequest } from "bun";
import type { Machine } from "../machine/machine.ts";
import { isPrime } from "../prime/is-prime.ts";
import { noWholeNumber, parseWholeNumber } from "../prime/whole-number.ts";
import { forReading } from "./method.ts";

/** `/<n>`: `True` or `False`, is n prime? */
export function primeRoutes(machine: Machine) {
  return {
    "/:n": forReading((request: BunRequest<"/:n">) => {
      const n = parseWholeNumber(request.params.n);
      if (!n.ok) return badRequest(n.faults.join("; "));
      return machine.serve(request, () => new Response(isPrime(n.value) ? "True" : "False"));
    }),
  };
}

/** For the paths that no route has: they are no whole number either. */
export const noSuchNumber = forReading((request: Request) =>
  badRequest(noWholeNumber(new URL(request.url).pathname.slice(1))),
);

function badRequest(reason: string): Response {
  return new Response(`${reason}\n`, { status: 400 });
}
