import { parseBenchOptions } from "../bench/commands/options.ts";
import { metricDimensions, metricNamespace } from "../stacks/balancer-config.ts";
import type { Outputs } from "../stacks/outputs.ts";
import type { Settings } from "../stacks/settings.ts";
import type { StackName } from "../stacks/stack-names.ts";

/**
 * How the benchmark is to measure a stack: the options of `bun run bench`. `typed` are the user's, which come last and go
 * first.
 */
export function benchArguments(
  stack: StackName,
  outputs: Outputs,
  settings: Settings,
  typed: readonly string[],
): readonly string[] {
  const { balancerUrl = "", frontendUrl = "", albUrl, region } = outputs;
  const out = ["--out", `report/aws-${stack}`];
  if (stack === "primes") {
    const isOpenLoop = typed.some((argument) => /^--rate(=|$)/.test(argument));
    // Each page asks the balancer for 100 numbers: 10 pages at once are 1000 requests at once.
    const load = isOpenLoop ? [] : ["--requests", "100", "--concurrency", "10"];
    return ["--url", frontendUrl, "--clusters", "/1", ...load, ...out, ...typed];
  }
  const dimensions = Object.entries(metricDimensions(settings, stack)).map(
    ([name, value]) => `${name}=${value}`,
  );
  return [
    ...["--url", balancerUrl, ...out],
    // Certificates are for names of the user's own; what Terraform knows are addresses and names of AWS.
    ...([balancerUrl, albUrl].some((url) => url?.startsWith("https:")) ? ["--insecure"] : []),
    ...(albUrl === undefined ? [] : ["--beside", `alb=${albUrl}`]),
    ...["--cloudwatch", `${region},${metricNamespace}`, "--cloudwatch-dimensions", dimensions.join(",")],
    ...typed,
  ];
}

/** What is wrong with the user's options for the benchmark; undefined where it will take them. */
export function benchFault(
  stack: StackName,
  settings: Settings,
  typed: readonly string[],
): string | undefined {
  const url = "http://192.0.2.1";
  const outputs = {
    region: settings.region,
    balancerUrl: url,
    frontendUrl: url,
    bucket: "",
    instanceIds: {},
    instanceGroups: {},
  };
  const parsed = parseBenchOptions(benchArguments(stack, outputs, settings, typed), "bench");
  if (!parsed.ok) return parsed.fault;
  return parsed.value === "help" ? "found --help, which bun run bench --help is for" : undefined;
}
