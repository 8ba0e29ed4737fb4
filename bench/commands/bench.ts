import { join } from "node:path";
import { type LabCluster, labClusters } from "../lab/clusters.ts";
import { type Lab, type LabOptions, startLab } from "../lab/lab.ts";
import { describeMachine } from "../report/machine.ts";
import { type Report, readReport, reportSchemaName } from "../report/report.ts";
import { renderText, textTable } from "../report/terminal.ts";
import { writeReport } from "../report/write.ts";
import { type LabServers, measureOthers } from "./beside.ts";
import { askCloudWatch } from "./cloudwatch.ts";
import { compiledPrograms, compilePrograms } from "./compiled-programs.ts";
import { benchHelp, labHelp } from "./help.ts";
import { interruptible } from "./interrupt.ts";
import { isSound, measureUrl } from "./measure.ts";
import { type BenchOptions, parseBenchOptions } from "./options.ts";
import type { ProgressStream } from "./progress.ts";
import { runCommand } from "./run-command.ts";

const failed = 1;
const readyTimeoutMs = 30_000;

/** The command lines of the programs that a lab consists of. */
export type LabPrograms = Pick<LabOptions, "balancer" | "backend">;

const compiled: LabPrograms = {
  balancer: [compiledPrograms.balancer],
  backend: [compiledPrograms.backend],
};

/** `bun run bench` and `bun run lab`: resolves to the exit code. Without `programs` they are compiled. */
export async function runBench(
  args: readonly string[],
  command: "bench" | "lab",
  programs?: LabPrograms,
): Promise<number> {
  const typed = { usage: `bun run ${command}`, help: command === "lab" ? labHelp : benchHelp };
  return await runCommand(typed, parseBenchOptions(args, command), async (options) => {
    const baseline = options.baseline === undefined ? undefined : await readReport(options.baseline);
    if (baseline !== undefined && !baseline.ok) {
      console.error(baseline.fault);
      return failed;
    }
    const { url } = options;
    const task = { typed: ["bun run", command, ...args].join(" "), options, baseline: baseline?.value };
    return await interruptible((signal) =>
      url === undefined ? benchLab(task, signal, programs) : report({ kind: "url", url }, task, signal),
    );
  });
}

/** What a command line asks for. */
interface Task {
  readonly typed: string;
  readonly options: BenchOptions;
  readonly baseline: Report | undefined;
}

async function benchLab(task: Task, signal: AbortSignal, programs: LabPrograms | undefined): Promise<number> {
  const { options } = task;
  const stream = messages(options);
  if (programs === undefined) await compilePrograms((line) => stream.write(`${line}\n`), signal);
  stream.write("starting the lab\n");
  const { policy, seed } = options;
  const lab = await startLab({
    ...(programs ?? compiled),
    clusters: labClusters,
    policy,
    seed,
    readyTimeoutMs,
    signal,
  });
  if (!lab.ok) {
    console.error(lab.fault);
    return failed;
  }
  try {
    stream.write(`balancer at ${lab.value.url}, all targets healthy\n`);
    const subject = { kind: "lab", url: lab.value.url, policy } as const;
    const servers = { clusters: labClusters, backend: (programs ?? compiled).backend, seed };
    const exitCode = await report(subject, task, signal, servers);
    if (options.keep) await keepRunning(lab.value, stream, signal);
    return exitCode;
  } finally {
    await lab.value.stop();
  }
}

/** Measures, prints and writes the report; `servers` are the lab's. */
async function report(
  subject: Report["subject"],
  { typed, options, baseline }: Task,
  signal: AbortSignal,
  servers?: LabServers,
): Promise<number> {
  const stream = messages(options);
  const createdAt = new Date().toISOString();
  const fromMs = Date.now();
  const own = await measureUrl(subject.url, options, stream, signal);
  const toMs = Date.now();
  const others = await measureOthers(options.beside, servers, options, stream, signal);
  if (!others.ok) {
    console.error(others.fault);
    return failed;
  }
  const cloudWatch = await askCloudWatch(own, { fromMs, toMs }, options, stream, signal);
  if (!cloudWatch.ok) console.error(cloudWatch.fault);
  const measured: Report = {
    schema: reportSchemaName,
    createdAt,
    command: typed,
    subject,
    ...(servers !== undefined && { clusters: servers.clusters.map(describeCluster) }),
    machine: describeMachine(),
    ...own,
    others: others.value,
    ...(cloudWatch.ok && cloudWatch.value !== undefined && { cloudWatch: cloudWatch.value }),
  };
  stream.write(`\n${renderText(measured, baseline)}\n`);
  await writeReport(options.out, measured, baseline);
  stream.write(`\nreport: ${join(options.out, "index.html")}, report.json, report.tex\n`);
  if (options.json) process.stdout.write(`${JSON.stringify(measured)}\n`);
  return isSound(measured) && cloudWatch.ok ? 0 : failed;
}

function describeCluster({ name, profile, instanceIds }: LabCluster) {
  return { name, machine: profile, targets: [...instanceIds] };
}

/** Standard output is the result's alone when that is asked for as JSON. */
function messages({ json }: BenchOptions): ProgressStream {
  return json ? process.stderr : process.stdout;
}

async function keepRunning(lab: Lab, stream: ProgressStream, signal: AbortSignal): Promise<void> {
  const addresses = [
    ["balancer", lab.url, ""],
    ["status", `${lab.url}/status`, ""],
    ...[...lab.targets].flatMap(([cluster, members]) =>
      members.map(({ id, url }) => [id, url, `${cluster.name}, ${cluster.profile}`]),
    ),
  ];
  stream.write(`\n${textTable(["running", "address", ""], addresses)}\n\nCtrl-C stops it\n`);
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}
