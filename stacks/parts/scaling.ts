import type { AutoscalingGroup } from "@cdktf/provider-aws/lib/autoscaling-group";
import { AutoscalingPolicy } from "@cdktf/provider-aws/lib/autoscaling-policy";
import { TerraformStack } from "cdktf";
import { metricDimensions, metricNamespace } from "../balancer-config.ts";
import type { Settings } from "../settings.ts";

/** Balancers by the CPU that they use. */
export function scaleByCpu(group: AutoscalingGroup, percent: number): void {
  new AutoscalingPolicy(TerraformStack.of(group), `${group.node.id}-by-cpu`, {
    name: "by-cpu",
    autoscalingGroupName: group.name,
    policyType: "TargetTrackingScaling",
    targetTrackingConfiguration: {
      predefinedMetricSpecification: { predefinedMetricType: "ASGAverageCPUUtilization" },
      targetValue: percent,
    },
  });
}

/**
 * Backends by the requests a minute for each healthy one, as the balancers publish them: that number falls in
 * proportion when instances are added, as target tracking wants it; a latency does not.
 */
export function scaleByRequests(group: AutoscalingGroup, settings: Settings, cluster: string): void {
  const dimensions = Object.entries({
    Group: cluster,
    ...metricDimensions(settings, TerraformStack.of(group).node.id),
  });
  const metric = (id: string, metricName: string, stat: string) => ({
    id,
    returnData: false,
    metricStat: {
      stat,
      metric: {
        namespace: metricNamespace,
        metricName,
        dimensions: dimensions.map(([name, value]) => ({ name, value })),
      },
    },
  });
  new AutoscalingPolicy(TerraformStack.of(group), `${group.node.id}-by-requests`, {
    name: "by-requests",
    autoscalingGroupName: group.name,
    policyType: "TargetTrackingScaling",
    targetTrackingConfiguration: {
      customizedMetricSpecification: {
        metrics: [
          // Each balancer publishes what it has sent, and how many targets it sees.
          metric("requests", "RequestCount", "Sum"),
          metric("hosts", "HealthyHostCount", "Maximum"),
          {
            id: "load",
            expression: "requests / hosts",
            label: "Requests a minute for each target",
            returnData: true,
          },
        ],
      },
      targetValue: settings.fleet.requestsPerTargetMinute,
    },
  });
}
