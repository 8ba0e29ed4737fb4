import type { GroupRules } from "./cluster/group.ts";
import type { OutlierRules } from "./cluster/outlier/rules.ts";
import { SlowStart } from "./cluster/slow-start.ts";
import type { ZoneRule } from "./cluster/tiers.ts";
import type { GroupConfig, OutlierConfig } from "./config/schema.ts";
import { slowStartOf } from "./config/slow-start-schema.ts";

/** The config's rules of who may be chosen, as the group wants them; `zone`: where the balancer stands. */
export function groupRulesOf(config: GroupConfig, zone: string | undefined): GroupRules {
  const slowStart = slowStartOf(config);
  return {
    panicThreshold: config.panicThreshold / 100,
    zone: zoneRuleOf(config.zonePreference, zone),
    slowStart:
      slowStart &&
      new SlowStart({
        windowMs: slowStart.window,
        aggression: slowStart.aggression,
        minShare: slowStart.minWeightPercent / 100,
      }),
  };
}

/** Undefined where no target is ejected. */
export function outlierRulesOf(config: OutlierConfig | false): OutlierRules | undefined {
  if (config === false) return undefined;
  const { successRate, latency } = config;
  return {
    streaks: config,
    successRate:
      successRate === false ? undefined : { ...successRate, minimumGap: successRate.minimumGapPercent / 100 },
    latency: latency === false ? undefined : { ...latency, forMs: latency.for },
    intervalMs: config.interval,
    baseEjectionMs: config.baseEjectionTime,
    maxEjectionMs: config.maxEjectionTime,
    jitterMs: config.jitter,
    maxEjectedShare: config.maxEjectedPercent / 100,
  };
}

function zoneRuleOf(
  preference: GroupConfig["zonePreference"],
  own: string | undefined,
): ZoneRule | undefined {
  if (preference === false || own === undefined) return undefined;
  return { own, maxLoad: preference === true ? undefined : preference.maxLoad };
}
