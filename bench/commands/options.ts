import { policyNames } from "../../balancer/policy/registry.ts";
import { type Outcome, success } from "../outcome.ts";
import {
  cloudWatchFrom,
  dimensionsFrom,
  type OtherSystem,
  othersFrom,
  pathsFrom,
  peerNames,
  ratesFrom,
  urlFrom,
} from "./option-values.ts";
import { parseStrictly } from "./parse-strictly.ts";
import { optionReader } from "./read-options.ts";

/** The command line of `bench` and `lab`; durations in ms. */
export interface BenchOptions {
  /** Measure this system instead of a lab of one's own. */
  readonly url: string | undefined;
  readonly clusters: readonly string[];
  /** The user named the paths: nothing is known of what they should answer. */
  readonly ownClusters: boolean;
  readonly requests: number;
  readonly concurrency: number;
  /** Requests per second of an open loop; undefined for a closed one. */
  readonly rate: number | undefined;
  readonly durationMs: number | undefined;
  readonly warmupMs: number;
  readonly timeoutMs: number;
  readonly policy: string;
  readonly seed: number;
  /** Requests per second of further runs, each more than the last; none for no such runs. */
  readonly sweep: readonly number[];
  readonly sweepDurationMs: number;
  /** What else gets the same load. */
  readonly beside: readonly OtherSystem[];
  /** Asked afterwards for its statistics of the same time; `waitMs`: for data that have not come yet. */
  readonly cloudWatch:
    | {
        readonly region: string;
        readonly namespace: string;
        /** Those that the balancer publishes with beside `Group`. */
        readonly dimensions: Readonly<Record<string, string>>;
        readonly waitMs: number;
      }
    | undefined;
  readonly baseline: string | undefined;
  readonly out: string;
  readonly json: boolean;
  readonly insecure: boolean;
  readonly keep: boolean;
}

/** The lab's servers are instances of no cloud that would tell their metrics. */
const labPolicies = policyNames.filter((name) => name !== "cloudwatch");
const optionTypes = {
  help: { type: "boolean", short: "h" },
  url: { type: "string" },
  clusters: { type: "string" },
  requests: { type: "string" },
  concurrency: { type: "string" },
  rate: { type: "string" },
  duration: { type: "string" },
  warmup: { type: "string" },
  timeout: { type: "string" },
  policy: { type: "string" },
  seed: { type: "string" },
  sweep: { type: "string" },
  "sweep-duration": { type: "string" },
  beside: { type: "string" },
  cloudwatch: { type: "string" },
  "cloudwatch-dimensions": { type: "string" },
  "cloudwatch-wait": { type: "string" },
  baseline: { type: "string" },
  out: { type: "string" },
  json: { type: "boolean" },
  insecure: { type: "boolean" },
  keep: { type: "boolean" },
} as const;

type OptionName = keyof typeof optionTypes;
type Values = Extract<ReturnType<typeof parseStrictly<typeof optionTypes>>, { ok: true }>["value"];

const meaningless: readonly { readonly options: readonly OptionName[]; readonly unless: OptionName }[] = [
  { options: ["insecure"], unless: "url" },
  { options: ["duration"], unless: "rate" },
  { options: ["sweep-duration"], unless: "sweep" },
  { options: ["cloudwatch-dimensions", "cloudwatch-wait"], unless: "cloudwatch" },
];

/** Reads the options; all faults come at once, a line each. */
export function parseBenchOptions(
  args: readonly string[],
  command: "bench" | "lab",
): Outcome<BenchOptions | "help"> {
  const parsed = parseStrictly(args, optionTypes);
  if (!parsed.ok) return parsed;
  const values = parsed.value;
  if (values.help) return success("help");
  const reader = optionReader(values);
  const { read, whole, durationMs } = reader;
  const clusters = read("clusters", 'paths such as "/cluster1,/cluster2", each once', pathsFrom);
  const cloudWatch = read(
    "cloudwatch",
    'a region such as "eu-central-1", or region,namespace',
    cloudWatchFrom,
  );
  const dimensions = read("cloudwatch-dimensions", "name=value, with commas between", dimensionsFrom) ?? {};
  const cloudWatchWaitMs = durationMs("cloudwatch-wait", 0) ?? 300_000;
  const options: BenchOptions = {
    url: read("url", "an absolute http:// or https:// URL without a path: paths go with --clusters", urlFrom),
    clusters: clusters ?? ["/cluster1", "/cluster2"],
    ownClusters: clusters !== undefined,
    requests: whole("requests", 1) ?? 1000,
    concurrency: whole("concurrency", 1) ?? 1000,
    rate: reader.ratePerSecond("rate"),
    durationMs: durationMs("duration"),
    warmupMs: durationMs("warmup", 0) ?? 0,
    timeoutMs: durationMs("timeout") ?? 30_000,
    policy: reader.one("policy", labPolicies) ?? "ewma",
    seed: whole("seed", 0) ?? 1,
    sweep: read("sweep", 'growing requests per second such as "50,100,200"', ratesFrom) ?? [],
    sweepDurationMs: durationMs("sweep-duration") ?? 10_000,
    beside:
      read("beside", `${peerNames.join(", ")} or name=URL, with commas between, each once`, othersFrom) ?? [],
    cloudWatch: cloudWatch && { ...cloudWatch, dimensions, waitMs: cloudWatchWaitMs },
    baseline: values.baseline,
    out: values.out ?? "report",
    json: values.json ?? false,
    insecure: values.insecure ?? false,
    keep: values.keep ?? false,
  };
  for (const conflict of conflicts(values, command)) reader.addFault(conflict);
  return reader.outcome(options);
}

/** Options that stand together although one of them would have no effect. */
function conflicts(values: Values, command: "bench" | "lab"): string[] {
  const given = (name: OptionName) => values[name] !== undefined;
  const faults = meaningless.flatMap(({ options, unless }) =>
    options
      .filter((name) => given(name) && !given(unless))
      .map((name) => `--${name} has no effect without --${unless}`),
  );
  if (given("rate") && given("requests"))
    faults.push("--requests and --rate exclude each other: a rate goes with --duration");
  if (given("url") && (othersFrom(values.beside ?? "") ?? []).some(({ kind }) => kind === "peer"))
    faults.push("--beside with a program is for the lab: beside --url there can be other addresses");
  if (!given("url") && given("cloudwatch"))
    faults.push("--cloudwatch has no effect without --url: it knows nothing of the lab");
  if (given("url") && given("policy")) faults.push("--policy is for the lab: the policy of --url is its own");
  if (!given("url") && given("clusters"))
    faults.push("--clusters has no effect without --url: the lab has its own");
  if (command === "lab" && given("url")) faults.push("--url is an option of bench: the lab measures itself");
  if (command === "bench" && given("keep")) faults.push("--keep is an option of lab");
  return faults;
}
