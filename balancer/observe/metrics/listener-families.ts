import type { ListenerCounts, ListenerTraffic } from "../listener-counts.ts";
import { refusalReasons } from "../refusal-reason.ts";
import { requestCodes } from "../traffic-counts.ts";
import { type Exposition, type LabelText, labels } from "./exposition.ts";
import type { Family } from "./family.ts";
import type { MetricsSource } from "./source.ts";

const ofTraffic = ["listener", "group"];

/** Each listener's traffic to each of its groups. */
function eachTraffic(
  { counts }: MetricsSource,
  write: (labelText: LabelText, totals: ListenerTraffic, listener: ListenerCounts) => void,
): void {
  for (const listener of counts.all())
    for (const totals of listener.totals())
      write(labels("listener", listener.name, "group", totals.group ?? ""), totals, listener);
}

/** As {@link eachTraffic}, without what no route took and what is not HTTP. */
function eachForwarded(
  source: MetricsSource,
  write: (labelText: LabelText, totals: ListenerTraffic) => void,
): void {
  eachTraffic(source, (text, totals, { isHttp }) => {
    if (totals.group !== undefined && isHttp) write(text, totals);
  });
}

/** A family with one value for each listener with connections. */
function ofConnections(
  head: Pick<Family, "name" | "type" | "help">,
  read: (connections: ListenerCounts["connections"]) => number,
): Family {
  return {
    ...head,
    labels: ["listener"],
    write: (out, { counts }) => {
      for (const { name, hasConnections, connections } of counts.all())
        if (hasConnections) out.sample(labels("listener", name), read(connections));
    },
  };
}

/** Several counts side by side, without those that are still 0: most stay so. */
function writeNonZero(
  out: Exposition,
  before: LabelText,
  label: string,
  names: readonly string[],
  values: readonly number[],
): void {
  for (const [index, name] of names.entries()) {
    const value = values[index] ?? 0;
    if (value > 0) out.sample(`${before},${labels(label, name)}`, value);
  }
}

export const listenerFamilies: readonly Family[] = [
  {
    name: "ballast_requests",
    type: "counter",
    help: "HTTP requests that are over, by the class of the status that was sent, or client_left.",
    labels: [...ofTraffic, "code"],
    write: (out, source) =>
      eachTraffic(source, (text, { codes }) => writeNonZero(out, text, "code", requestCodes, codes)),
  },
  {
    name: "ballast_request_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "From the choice of the first target to the end of the answer; tunnels left out.",
    labels: ofTraffic,
    write: (out, source) => eachForwarded(source, (text, { duration }) => out.histogram(text, duration)),
  },
  {
    name: "ballast_refusals",
    type: "counter",
    help: "Requests that the balancer answered itself, by the reason.",
    labels: [...ofTraffic, "reason"],
    write: (out, source) =>
      eachTraffic(source, (text, { refusals }) =>
        writeNonZero(out, text, "reason", refusalReasons, refusals),
      ),
  },
  {
    name: "ballast_retries",
    type: "counter",
    help: "Attempts at a further target, after one that failed or was busy.",
    labels: ofTraffic,
    write: (out, source) => eachForwarded(source, (text, { retries }) => out.sample(text, retries)),
  },
  {
    name: "ballast_received_bytes",
    type: "counter",
    unit: "bytes",
    help: "From clients to targets: bodies of requests, and what TCP and UDP relayed once it is over.",
    labels: ofTraffic,
    write: (out, source) =>
      eachTraffic(source, (text, { group, bytesIn }) => {
        if (group !== undefined) out.sample(text, bytesIn);
      }),
  },
  {
    name: "ballast_sent_bytes",
    type: "counter",
    unit: "bytes",
    help: "From targets to clients: content of answers, and what TCP and UDP relayed once it is over.",
    labels: ofTraffic,
    write: (out, source) =>
      eachTraffic(source, (text, { group, bytesOut }) => {
        if (group !== undefined) out.sample(text, bytesOut);
      }),
  },
  ofConnections(
    {
      name: "ballast_accepted_connections",
      type: "counter",
      help: "Connections of clients that were accepted; not of the serve edge.",
    },
    ({ accepted }) => accepted,
  ),
  ofConnections(
    {
      name: "ballast_open_connections",
      type: "gauge",
      help: "Connections of clients that are open; not of the serve edge.",
    },
    ({ open }) => open,
  ),
  ofConnections(
    {
      name: "ballast_tls_handshake_failures",
      type: "counter",
      help: "Connections of clients that failed in their TLS handshake; not of the serve edge.",
    },
    ({ handshakeFailures }) => handshakeFailures,
  ),
  ofConnections(
    {
      name: "ballast_refused_connections",
      type: "counter",
      help: "Connections closed at once, as the listener, the client or the process had all that they may; not of the serve edge.",
    },
    ({ refused }) => refused,
  ),
];
