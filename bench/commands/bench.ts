import { join } from "node:path";
import { buildExecutables } from "../../scripts/build.ts";
import { labClusters } from "../lab/clusters.ts";
import { type Lab, type LabOptions, startLab } from "../lab/lab.ts";
import { type Report, readReport } from "../report/report.ts";
import { renderText, textTable } from "../report/terminal.ts";
import { writeReport } from "../report/write.ts";
import { benchHelp, labHelp } from "./help.ts";
import { interruptible } from "./interrupt.ts";
import { isSound, measure } from "./measure.ts";
import { type BenchOptions, parseBenchOptions } from "./options.ts";
import type { ProgressStream } from "./progress.ts";

const failed = 1;
const badUsage = 2;
const readyTimeoutMs = 30_000;
const dist = join(import.meta.dir, "..", "..", "dist");

/** The command lines of the programs that a lab consists of. */
export type LabPrograms = Pick<LabOptions, "balancer" | "backend">;

const compiled: LabPrograms = { balancer: [join(dist, "balancer")], backend: [join(dist, "backend")] };

/** `bun run bench` and `bun run lab`: resolves to the exit code. Without `programs` they are compiled. */
export async function runBench(
  args: readonly string[],
  command: "bench" | "lab",
  programs?: LabPrograms,
): Promise<number> {
  const parsed = parseBenchOptions(args, command);
  if (!parsed.ok) {
    console.error(`${parsed.fault}\ntry bun run ${command} --help`);
    return badUsage;
  }
  const options = parsed.value;
  if (options.help) {
    process.stdout.write(command === "lab" ? labHelp : benchHelp);
    return 0;
  }
  const baseline = options.baseline === undefined ? undefined : await readReport(options.baseline);
  if (baseline !== undefined && !baseline.ok) {
    console.error(baseline.fault);
    return failed;
  }
  const { url } = options;
  return await interruptible((signal) =>
    url === undefined
      ? benchLab(options, baseline?.value, signal, programs)
      : report({ kind: "url", url }, options, baseline?.value, signal),
  );
}

async function benchLab(
  options: BenchOptions,
  baseline: Report | undefined,
  signal: AbortSignal,
  programs: LabPrograms | undefined,
): Promise<number> {
  const stream = messages(options);
  if (programs === undefined) {
    stream.write("compiling balancer and backend\n");
    await buildExecutables();
  }
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
    const exitCode = await report({ kind: "lab", url: lab.value.url, policy }, options, baseline, signal);
    if (options.keep) await keepRunning(lab.value, stream, signal);
    return exitCode;
  } finally {
    await lab.value.stop();
  }
}

/** Measures, prints and writes the report. */
async function report(
  subject: Report["subject"],
  options: BenchOptions,
  baseline: Report | undefined,
  signal: AbortSignal,
): Promise<number> {
  const stream = messages(options);
  const measured = await measure(subject, options, stream, signal);
  stream.write(`\n${renderText(measured, baseline)}\n`);
  await writeReport(options.out, measured, baseline);
  stream.write(`\nreport: ${join(options.out, "index.html")}, report.json, report.tex\n`);
  if (options.json) process.stdout.write(`${JSON.stringify(measured)}\n`);
  return isSound(measured) ? 0 : failed;
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
