import { policyNames } from "../../balancer/policy/registry.ts";
import { type Outcome, success } from "../outcome.ts";
import { parseStrictly } from "./parse-strictly.ts";
import { optionReader, rateFrom } from "./read-options.ts";

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
const peerNames = ["nginx", "haproxy", "caddy"] as const;
export type PeerName = (typeof peerNames)[number];

/** A program that is put before servers like the lab's, or a system that is there. */
export type OtherSystem =
  | { readonly kind: "peer"; readonly program: PeerName }
  | { readonly kind: "url"; readonly name: string; readonly url: string };

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

function ratesFrom(text: string): readonly number[] | undefined {
  const rates = text.split(",").map(rateFrom);
  const known = rates.filter((rate) => rate !== undefined);
  const isGrowing = known.every((rate, index) => index === 0 || rate > (known[index - 1] ?? 0));
  return known.length === rates.length && isGrowing ? known : undefined;
}

function othersFrom(text: string): readonly OtherSystem[] | undefined {
  const others = text.split(",").map((part): OtherSystem | undefined => {
    const program = peerNames.find((name) => name === part);
    if (program !== undefined) return { kind: "peer", program };
    const [, name, address] = /^([^=]+)=(.+)$/.exec(part) ?? [];
    const url = urlFrom(address ?? "");
    return name === undefined || url === undefined ? undefined : { kind: "url", name, url };
  });
  const known = others.filter((other) => other !== undefined);
  const names = known.map((other) => (other.kind === "url" ? other.name : other.program));
  return known.length === others.length && isEachOnce(names) ? known : undefined;
}

function cloudWatchFrom(text: string): { region: string; namespace: string } | undefined {
  const [region, namespace = "Ballast", ...more] = text.split(",");
  const isKnown = /^[a-z]{2}(-[a-z]+)+-\d$/.test(region ?? "") && namespace !== "" && more.length === 0;
  return isKnown && region !== undefined ? { region, namespace } : undefined;
}

function dimensionsFrom(text: string): Record<string, string> | undefined {
  const pairs = text.split(",").map((pair) => /^([^=]+)=(.+)$/.exec(pair));
  if (pairs.includes(null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? "", pair?.[2] ?? ""]));
}

/** An address alone: whatever else a URL may have would have no effect, and a password would stand in the report. */
function urlFrom(text: string): string | undefined {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`
    ? url.href
    : undefined;
}

function pathsFrom(text: string): string[] | undefined {
  const paths = text.split(",");
  return paths.every((path) => path.startsWith("/")) && isEachOnce(paths) ? paths : undefined;
}

function isEachOnce(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}
