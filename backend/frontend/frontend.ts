import type { BunRequest } from "bun";
import { listenFault } from "../listen-fault.ts";
import { pageResponse } from "../pages/page.ts";
import { noWholeNumber, parseWholeNumber } from "../prime/whole-number.ts";
import { type Result, succeed } from "../result.ts";
import { forReading } from "../routes/method.ts";
import type { Backend } from "../server.ts";
import { askForPage } from "./ask-balancer.ts";
import { badNumberPage, primePage } from "./prime-page.ts";

/** Serves the pages of primes, asked for at `balancer`; fails with the system's reason when it can't listen. */
export function startFrontend(hostname: string, port: number, balancer: URL): Result<Backend> {
  const base = balancer.href.replace(/\/+$/, "");
  try {
    const server = Bun.serve({
      hostname,
      port,
      // Outside of development Bun shares ports unless told not to.
      reusePort: false,
      development: false,
      // A page takes as long as its slowest number, which has a limit of its own.
      idleTimeout: 0,
      routes: {
        "/": forReading((request: Request) => fromForm(request) ?? page(base, "1", request.signal)),
        "/health": forReading(() => new Response("ok")),
        "/:n": forReading((request: BunRequest<"/:n">) => page(base, request.params.n, request.signal)),
      },
      fetch: forReading((request: Request) =>
        badNumber(noWholeNumber(new URL(request.url).pathname.slice(1))),
      ),
    });
    return succeed({ origin: server.url.origin, port: server.port ?? port, stop: () => server.stop() });
  } catch (error) {
    return listenFault(hostname, port, error);
  }
}

/** The form asks for `/?n=7`; undefined where it was not the form that asked. */
function fromForm(request: Request): Response | undefined {
  const n = new URL(request.url).searchParams.get("n")?.trim();
  if (n === undefined) return undefined;
  const parsed = parseWholeNumber(n);
  return parsed.ok ? Response.redirect(`/${parsed.value}`, 303) : badNumber(parsed.faults.join("; "));
}

async function page(balancer: string, text: string, signal: AbortSignal): Promise<Response> {
  const first = parseWholeNumber(text);
  if (!first.ok) return badNumber(first.faults.join("; "));
  const startedAtMs = performance.now();
  const verdicts = await askForPage(balancer, first.value, signal);
  return pageResponse(primePage(first.value, verdicts, performance.now() - startedAtMs));
}

function badNumber(fault: string): Response {
  return pageResponse(badNumberPage(fault), 400);
}
