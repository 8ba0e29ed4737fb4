import { type Clock, systemClock, type Timer } from "../../balancer/cluster/clock.ts";
import { failure, type Outcome, success } from "../outcome.ts";

/** As often as Prometheus can be told to, in whole seconds. */
const intervalMs = 1000;

export interface Scraping {
  /** Resolves to how many scrapes there were, or to what went wrong first; again the same when it has stopped. */
  stop(): Promise<Outcome<number>>;
}

/** Scrapes at once and each second until it is stopped, one at a time. */
export function startScraping(url: string, clock: Clock = systemClock): Scraping {
  let scrapes = 0;
  let fault: string | undefined;
  let timer: Timer;
  let last = Promise.resolve();
  const scrape = async () => {
    try {
      const response = await fetch(url);
      await response.arrayBuffer();
      if (response.ok) scrapes++;
      else fault ??= `${url}: found status ${response.status}, expected 200`;
    } catch (error) {
      fault ??= `${url}: ${error instanceof Error ? error.message : String(error)}`;
    }
  };
  const begin = () => {
    timer = clock.after(intervalMs, begin);
    last = last.then(scrape);
  };
  begin();
  return {
    async stop() {
      timer.cancel();
      await last;
      return fault === undefined ? success(scrapes) : failure(fault);
    },
  };
}
