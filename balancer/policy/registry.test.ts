import { describe, expect, test } from "bun:test";
import { defaultPolicyConfigs, type PolicyName } from "./options.ts";
import { policyCases, type WeightRule } from "./policy.cases.ts";
import { policyNames } from "./registry.ts";
import { tierCases } from "./tier.cases.ts";

const weightRules: Record<PolicyName, WeightRule> = {
  "round-robin": "ignored",
  "weighted-round-robin": "proportional",
  random: "proportional",
  "least-connections": "proportional",
  "least-load": "proportional",
  ewma: "proportional",
  "p2c-ewma": "proportional",
  prequal: "preferred",
  hash: "proportional",
  cloudwatch: "proportional",
};

for (const name of policyNames)
  describe(name, () => {
    policyCases(defaultPolicyConfigs[name], weightRules[name]);
    tierCases(defaultPolicyConfigs[name]);
  });

describe("weighted-round-robin, smooth", () => {
  policyCases({ name: "weighted-round-robin", smooth: true }, "proportional");
  tierCases({ name: "weighted-round-robin", smooth: true });
});

test("every policy has defaults under its own name", () => {
  for (const name of policyNames) expect(defaultPolicyConfigs[name].name).toBe(name);
});
