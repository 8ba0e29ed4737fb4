import { readdirSync } from "node:fs";
import type { CallStatus } from "../../aws/repeated-call.ts";
import { maxOpenFiles } from "../../sockets/open-files.ts";
import { labels } from "./exposition.ts";
import type { Family } from "./family.ts";
import type { MetricsSource } from "./source.ts";

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** What Prometheus' own clients tell of a process, under their names, and what threads tell. */
export const processFamilies: readonly Family[] = [
  {
    name: "ballast_build_info",
    type: "gauge",
    help: "1; the labels say what runs.",
    labels: ["version", "bun"],
    write: (out, { version }) => out.sample(labels("version", version, "bun", Bun.version), 1),
  },
  {
    name: "ballast_lost_log_lines",
    type: "counter",
    help: "Lines of the access log that were not written, since their sink was too slow or failed.",
    labels: [],
    write: (out, { counts }) => out.sample("", sum(counts.values("lostLogLines"))),
  },
  {
    name: "ballast_traced_requests",
    type: "counter",
    help: "Sampled requests whose spans the collector has taken.",
    labels: [],
    write: (out, { counts }) => out.sample("", sum(counts.values("tracedRequests"))),
  },
  {
    name: "ballast_lost_traces",
    type: "counter",
    help: "Sampled requests whose spans were not sent, since the collector was away or too slow.",
    labels: [],
    write: (out, { counts }) => out.sample("", sum(counts.values("lostTraces"))),
  },
  {
    name: "ballast_certificate_end_time_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When a certificate from an ACME authority ends, since 1970; 0 while there is none.",
    labels: ["names"],
    write: (out, { mainStatus }) => {
      for (const { names, notAfter } of mainStatus().certificates ?? [])
        out.sample(labels("names", names.join(" ")), notAfter === null ? 0 : Date.parse(notAfter) / 1000);
    },
  },
  {
    name: "ballast_config_reloads",
    type: "counter",
    help: "Reloads whose config was put in force (ok), or had faults (refused).",
    labels: ["result"],
    write: (out, { mainStatus }) => {
      const { reloads = 0, refused = 0 } = mainStatus().reload ?? {};
      out.sample(labels("result", "ok"), reloads - refused);
      out.sample(labels("result", "refused"), refused);
    },
  },
  {
    name: "ballast_config_reload_ok",
    type: "gauge",
    help: "0 when the last reload was refused and an older config is in force, else 1.",
    labels: [],
    write: (out, { mainStatus }) => out.sample("", mainStatus().reload?.ok === false ? 0 : 1),
  },
  ofCloudWatch(
    {
      name: "ballast_cloudwatch_calls",
      help: "Calls of CloudWatch, for policies' metrics (read) and to publish the groups' own (publish).",
    },
    ({ calls }) => calls,
  ),
  ofCloudWatch(
    { name: "ballast_cloudwatch_failed_calls", help: "Those of ballast_cloudwatch_calls that failed." },
    ({ failures }) => failures,
  ),
  {
    name: "ballast_event_loop_lag_seconds",
    type: "gauge",
    unit: "seconds",
    help: "How late a timer of the thread came, at worst in the last seconds; 0 is the main thread.",
    labels: ["thread"],
    write: (out, { counts }) => {
      for (const [thread, ms] of counts.values("loopLagMs").entries())
        out.sample(labels("thread", String(thread)), ms / 1000);
    },
  },
  {
    name: "process_cpu_seconds",
    type: "counter",
    unit: "seconds",
    help: "CPU time of the process, user and system.",
    labels: [],
    write: (out) => {
      const { user, system } = process.cpuUsage();
      out.sample("", (user + system) / 1e6);
    },
  },
  {
    name: "process_resident_memory_bytes",
    type: "gauge",
    unit: "bytes",
    help: "Memory of the process that is in RAM.",
    labels: [],
    write: (out) => out.sample("", process.memoryUsage.rss()),
  },
  {
    name: "process_open_fds",
    type: "gauge",
    help: "Open files and sockets; left out where the system does not tell.",
    labels: [],
    write: (out) => writeKnown(out, openFileCount()),
  },
  {
    name: "process_max_fds",
    type: "gauge",
    help: "How many files and sockets may be open; left out where the system does not tell.",
    labels: [],
    write: (out) => writeKnown(out, maxOpenFiles()),
  },
  {
    name: "process_start_time_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the process started, since 1970.",
    labels: [],
    write: (out, { startedAtSeconds }: MetricsSource) => out.sample("", startedAtSeconds),
  },
];

/** Left out where there are no such calls. */
function ofCloudWatch(head: Pick<Family, "name" | "help">, read: (status: CallStatus) => number): Family {
  return {
    ...head,
    type: "counter",
    labels: ["purpose"],
    write: (out, { mainStatus }) => {
      const { metrics, publishing } = mainStatus().cloudwatch ?? {};
      if (metrics !== undefined) out.sample(labels("purpose", "read"), sum(metrics.map(read)));
      if (publishing !== undefined) out.sample(labels("purpose", "publish"), read(publishing));
    },
  };
}

function writeKnown(out: { sample(labelText: string, value: number): void }, value: number | undefined) {
  if (value !== undefined) out.sample("", value);
}

function openFileCount(): number | undefined {
  try {
    // One is the directory itself.
    return readdirSync("/proc/self/fd").length - 1;
  } catch {
    return undefined;
  }
}
