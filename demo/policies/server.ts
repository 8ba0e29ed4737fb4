import { pageResponse } from "../../backend/pages/page.ts";
import { failure, type Outcome, success } from "../../bench/outcome.ts";
import type { Program } from "../programs.ts";
import { BusyWork } from "./busy-work.ts";
import { makeChoice } from "./choice.ts";
import { ChoiceHistory } from "./history.ts";
import { faultPage, notFoundPage, type PageContext, resultPage, startPage } from "./pages.ts";
import { leastLoad, type ShownPolicy, shownPolicies } from "./shown-policies.ts";

const busyForMs = 10_000;

export interface PageServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves the pages on 127.0.0.1; `balancers`: origins, by the path of {@link shownPolicies}. */
export function startPages(
  port: number,
  servers: readonly Program[],
  balancers: ReadonlyMap<string, string>,
): Outcome<PageServer> {
  const work = new BusyWork();
  const history = new ChoiceHistory();
  const urls = new Map(servers.map(({ name, url }) => [name, url]));
  const context: PageContext = {
    servers: servers.map(({ name }) => name),
    history,
    balancers,
    busyMs: (server) => work.remainingMs(urls.get(server) ?? ""),
  };

  /** One after the other, or another's request would come between a choice and what is said of it. */
  let previous: Promise<unknown> = Promise.resolve();
  const inTurn = <Value>(task: () => Promise<Value>): Promise<Value> => {
    const run = previous.then(task);
    // Whoever waits for this one hears of its fault; the next one is to run all the same.
    previous = run.catch(() => {});
    return run;
  };

  const choose = async (shown: ShownPolicy): Promise<Response> => {
    const origin = (path: string) => balancers.get(path) ?? "";
    const choice = await makeChoice(origin(shown.path), origin(leastLoad.path));
    if (!choice.ok) return pageResponse(faultPage(shown, choice.fault), 502);
    history.add(shown.path, choice.value.chosen);
    return pageResponse(resultPage(shown, choice.value, context));
  };

  const keepBusy = async (request: Request): Promise<Response> => {
    const form = new URLSearchParams(await request.text());
    const url = urls.get(form.get("server") ?? "");
    const back = shownPolicies.find(({ path }) => path === form.get("page"));
    if (url === undefined || back === undefined)
      return new Response("no such server or page\n", { status: 400 });
    work.begin(url, busyForMs);
    return Response.redirect(`/${back.path}`, 303);
  };

  const results = shownPolicies.map((shown) => [
    `/${shown.path}`,
    { GET: () => inTurn(() => choose(shown)) },
  ]);
  try {
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port,
      // Outside of development Bun shares ports unless told not to.
      reusePort: false,
      development: false,
      idleTimeout: 60,
      maxRequestBodySize: 4096,
      routes: {
        "/": { GET: () => pageResponse(startPage(context)) },
        "/busy": { POST: keepBusy },
        ...Object.fromEntries(results),
      },
      fetch: ({ url }) => pageResponse(notFoundPage(new URL(url).pathname), 404),
    });
    return success({
      url: server.url.origin,
      async stop() {
        work.stop();
        await server.stop(true);
      },
    });
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return failure(`127.0.0.1:${port}: expected an address to listen on: ${error.message}`);
  }
}
