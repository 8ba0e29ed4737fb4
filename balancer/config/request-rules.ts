import { describeValue, type Fault, type FieldPath, valueAt } from "./fault.ts";

/** What does not go together among the rules of a group's requests; looks at the JSON as it stands. */
export function requestRuleFaults(root: unknown, group: FieldPath): Fault[] {
  const field = (...keys: string[]) => valueAt(root, [...group, ...keys]);
  const faults: Fault[] = [];
  if (field("retries") !== undefined && field("retry", "attempts") !== undefined)
    faults.push({
      path: [...group, "retries"],
      found: `${describeValue(field("retries"))} beside \`retry.attempts\``,
      expected: "one of the two",
    });
  const on = field("retry", "on");
  if (field("retry", "perTryTimeout") !== undefined && !(Array.isArray(on) && on.includes("timeout")))
    faults.push({
      path: [...group, "retry", "perTryTimeout"],
      found: `${describeValue(field("retry", "perTryTimeout"))} without "timeout" in \`on\``,
      expected: '"timeout" in `retry.on`',
    });
  const [min, max] = [field("concurrency", "min"), field("concurrency", "max")];
  if (typeof min === "number" && typeof max === "number" && min > max)
    faults.push({
      path: [...group, "concurrency", "min"],
      found: String(min),
      expected: `at most \`max\`, ${max}`,
    });
  const secrets = ["secret", "secretFile", "secretEnv"].filter((key) => field("sticky", key) !== undefined);
  if (secrets.length > 1)
    faults.push({
      path: [...group, "sticky", secrets[1] ?? ""],
      found: `a second secret beside \`${secrets[0]}\``,
      expected: "one of the two",
    });
  if (field("sticky", "sameSite") === "None" && field("sticky", "secure") !== true)
    faults.push({
      path: [...group, "sticky", "sameSite"],
      found: '"None" without `secure`, which browsers refuse',
      expected: "`secure` true beside it",
    });
  return faults;
}
