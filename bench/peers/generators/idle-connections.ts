import { Connection, type Endpoint } from "../../load/connection.ts";
import { loadPlanSchema } from "../../load/plan.ts";
import { encodeRequest, endpointOf } from "../../load/request.ts";
import { failure, type Outcome, success } from "../../outcome.ts";

/** More connects at once than this overflow the accept queue of a usual server. */
const atOnce = 128;

/** Keep-alive connections on which nothing happens. */
export interface IdleConnections {
  /** How many the server has closed since. */
  lost(): number;
  close(): void;
}

/** Opens `count` connections and has one answer on each, as real clients do before they rest. */
export async function openIdleConnections(
  url: string,
  count: number,
  signal: AbortSignal,
): Promise<Outcome<IdleConnections>> {
  const plan = loadPlanSchema.parse({ url, shape: { kind: "closed", concurrency: 1, requests: 1 } });
  const endpoint = endpointOf(plan);
  const request = encodeRequest(plan, {});
  const open = new Set<Connection>();
  let lost = 0;
  let started = 0;
  const faults: string[] = [];
  const openSome = async () => {
    while (started < count && faults.length === 0 && !signal.aborted) {
      started++;
      const connection = new Connection((gone) => {
        open.delete(gone);
        lost++;
      });
      const fault = await askOnce(connection, endpoint, request);
      if (fault === undefined && !connection.closed) open.add(connection);
      else faults.push(fault ?? "closed after its answer");
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, openSome));
  const close = () => {
    for (const connection of [...open]) connection.close();
  };
  if (faults.length > 0 || signal.aborted) close();
  signal.throwIfAborted();
  if (faults.length > 0) return failure(`idle connection ${started} of ${count} to ${url}: ${faults[0]}`);
  return success({ lost: () => lost, close });
}

/** Undefined when the answer was 200. */
async function askOnce(
  connection: Connection,
  endpoint: Endpoint,
  request: Uint8Array,
): Promise<string | undefined> {
  if (!(await connection.open(endpoint))) return "could not be opened";
  return await new Promise((resolve) => {
    connection.send(request, "GET", (end) => {
      if (end.kind !== "answered")
        resolve(`was not answered: ${end.kind === "failed" ? end.reason : end.kind}`);
      else resolve(end.head.status === 200 ? undefined : `answered with ${end.head.status}`);
    });
  });
}
