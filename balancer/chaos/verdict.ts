import type { ChaosRequest } from "./clients.ts";
import type { Span } from "./play.ts";
import { arrivalsSince, type ChaosRecord, enoughArrivals } from "./run.ts";

/** What the runtime's own memory may differ by, from one process and moment to another. */
const memorySlackMegabytes = 40;
/** After a server is told to be sound again, for what had begun before. */
const aftermathMs = 3500;

/** All that should not have been, a sentence each. */
export function faultsOf(record: ChaosRecord): string[] {
  return [
    ...lostGets(record),
    ...lostPosts(record),
    ...repeatedPosts(record),
    ...afterDrain(record),
    ...starving(record),
    ...leftOpen(record),
    ...grown(record),
  ];
}

function lostGets({ requests }: ChaosRecord): string[] {
  return requests
    .filter(({ method, end }) => method === "GET" && end !== 200)
    .map((request) => `could have been saved: ${told(request)}`);
}

/** A POST may be lost where the server that had it failed, and with a server that can't tell whether it had it. */
function lostPosts({ requests, arrivals, troubles }: ChaosRecord): string[] {
  const takers = new Map(arrivals.map(({ id, server }) => [id, server]));
  const silent = troubles.filter(({ what }) => ["killed", "stopped", "refuses"].includes(what));
  return requests
    .filter(({ method, end }) => method === "POST" && end !== 200)
    .filter((request) => {
      const taker = takers.get(request.id);
      const blamed = taker === undefined ? silent : troubles.filter(({ server }) => server === taker);
      return typeof request.end === "string" || !blamed.some((span) => overlaps(span, request));
    })
    .map((request) => `lost without a server's fault: ${told(request)}`);
}

function overlaps({ fromMs, untilMs }: Span, { sentAtMs, endedAtMs }: ChaosRequest): boolean {
  return fromMs <= endedAtMs && sentAtMs <= untilMs + aftermathMs;
}

function repeatedPosts({ arrivals }: ChaosRecord): string[] {
  const seen = new Set<string>();
  return arrivals.flatMap(({ id, server }) => {
    if (!id.startsWith("post-")) return [];
    if (seen.has(id)) return [`executed twice: ${id}, again at server ${server + 1}`];
    seen.add(id);
    return [];
  });
}

/** No request that began while a server was no target may have come to it. */
function afterDrain({ requests, arrivals, removals }: ChaosRecord): string[] {
  const sentAtMs = new Map(requests.map((request) => [request.id, request.sentAtMs]));
  return arrivals.flatMap(({ id, server, atMs }) => {
    const sent = sentAtMs.get(id) ?? Number.NaN;
    const span = removals.find((each) => each.server === server && each.fromMs < sent && atMs < each.untilMs);
    return span === undefined
      ? []
      : [`after its drain server ${server + 1} got ${id}, ${sent - span.fromMs} ms after it was removed`];
  });
}

function starving({ arrivals, recovery: { fromMs, untilMs } }: ChaosRecord): string[] {
  return arrivalsSince(arrivals, fromMs).flatMap((count, server) =>
    count >= enoughArrivals
      ? []
      : [`server ${server + 1} got ${count} requests in ${untilMs - fromMs} ms after all was sound`],
  );
}

function leftOpen({ status }: ChaosRecord): string[] {
  return Object.values(status.groups).flatMap(({ targets }) =>
    targets.flatMap(({ id, inFlight, state }) => [
      ...(inFlight === 0 ? [] : [`${id} has ${inFlight} in flight at the end`]),
      ...(state === "healthy" ? [] : [`${id} is ${state} at the end`]),
    ]),
  );
}

function grown({ before, after }: ChaosRecord): string[] {
  const faults: string[] = [];
  if (after.openFiles > before.openFiles)
    faults.push(`${after.openFiles} files are open, ${before.openFiles} were at the start`);
  const grownMegabytes = after.residentMegabytes - before.residentMegabytes;
  if (grownMegabytes > memorySlackMegabytes)
    faults.push(
      `memory has grown by ${grownMegabytes.toFixed(0)} MB, expected ${memorySlackMegabytes} at most`,
    );
  return faults;
}

function told({ id, sentAtMs, endedAtMs, end }: ChaosRequest): string {
  return `${id}: ${end} after ${endedAtMs - sentAtMs} ms`;
}
