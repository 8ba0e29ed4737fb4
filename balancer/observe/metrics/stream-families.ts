import { type UdpStatus, udpDropReasons } from "../../stream/udp-status.ts";
import { type Exposition, type LabelText, labels } from "./exposition.ts";
import type { Family } from "./family.ts";
import type { MetricsSource } from "./source.ts";

function eachUdp({ mainStatus }: MetricsSource, write: (text: LabelText, status: UdpStatus) => void): void {
  for (const [name, status] of Object.entries(mainStatus().udp ?? {}))
    write(labels("listener", name), status);
}

function single(head: Pick<Family, "name" | "type" | "help">, read: (status: UdpStatus) => number): Family {
  return {
    ...head,
    labels: ["listener"],
    write: (out: Exposition, source) => eachUdp(source, (text, status) => out.sample(text, read(status))),
  };
}

export const streamFamilies: readonly Family[] = [
  single(
    { name: "ballast_udp_open_sessions", type: "gauge", help: "UDP sessions that are open." },
    (status) => status.sessions,
  ),
  single(
    { name: "ballast_udp_sessions", type: "counter", help: "UDP sessions begun." },
    (status) => status.sessionsBegun,
  ),
  single(
    {
      name: "ballast_udp_evicted_sessions",
      type: "counter",
      help: "UDP sessions ended to make room for others.",
    },
    (status) => status.sessionsEvicted,
  ),
  {
    name: "ballast_udp_datagrams",
    type: "counter",
    help: "Datagrams from clients (in, dropped ones included) and to them (out).",
    labels: ["listener", "direction"],
    write: (out, source) =>
      eachUdp(source, (text, { datagramsIn, datagramsOut }) => {
        out.sample(`${text},${labels("direction", "in")}`, datagramsIn);
        out.sample(`${text},${labels("direction", "out")}`, datagramsOut);
      }),
  },
  {
    name: "ballast_udp_dropped_datagrams",
    type: "counter",
    help: "Datagrams that were dropped, by the reason.",
    labels: ["listener", "reason"],
    write: (out, source) =>
      eachUdp(source, (text, { dropped }) => {
        for (const reason of udpDropReasons)
          out.sample(`${text},${labels("reason", reason)}`, dropped[reason]);
      }),
  },
  {
    name: "ballast_control_connections",
    type: "gauge",
    help: "Control connections of servers that announce themselves; left out where they can't.",
    labels: [],
    write: (out, { mainStatus }) => {
      const { control } = mainStatus();
      if (control !== undefined) out.sample("", control.connections);
    },
  },
];
