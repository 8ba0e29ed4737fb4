import { metricDimensions, metricNamespace } from "../stacks/balancer-config.ts";
import type { Outputs } from "../stacks/outputs.ts";
import type { Settings } from "../stacks/settings.ts";
import type { StackName } from "../stacks/stack-names.ts";

/** How the benchmark is to measure a stack: the options of `bun run bench`. */
export function benchArguments(stack: StackName, outputs: Outputs, settings: Settings): readonly string[] {
  const { balancerUrl = "", frontendUrl = "", albUrl, region } = outputs;
  const out = ["--out", `report/aws-${stack}`];
  // Each page asks the balancer for 100 numbers: 10 pages at once are 1000 requests at once.
  if (stack === "primes")
    return ["--url", frontendUrl, "--clusters", "/1", "--requests", "100", "--concurrency", "10", ...out];
  const dimensions = Object.entries(metricDimensions(settings, stack)).map(
    ([name, value]) => `${name}=${value}`,
  );
  return [
    ...["--url", balancerUrl, ...out],
    // Certificates are for names of the user's own; what Terraform knows are addresses and names of AWS.
    ...([balancerUrl, albUrl].some((url) => url?.startsWith("https:")) ? ["--insecure"] : []),
    ...(albUrl === undefined ? [] : ["--beside", `alb=${albUrl}`]),
    ...["--cloudwatch", `${region},${metricNamespace}`, "--cloudwatch-dimensions", dimensions.join(",")],
  ];
}
