import { describeValue, type Fault, type FieldPath, valueAt } from "./fault.ts";
import type { RouteConfig } from "./schema.ts";

/** The groups that a route's clients may be answered by. */
export function answeringGroups({ group, split = [] }: RouteConfig): string[] {
  return group === undefined ? split.map((share) => share.group) : [group];
}

/** Every place of a route that names a group. */
export function groupUsersOf(root: unknown, route: FieldPath): FieldPath[] {
  const split = valueAt(root, [...route, "split"]);
  const shares = Array.isArray(split) ? split.map((_, index): FieldPath => [...route, "split", index]) : [];
  return [route, ...shares, [...route, "mirror"]];
}

/** What is wrong with where a route sends its requests; looks at the JSON as it stands. */
export function routeFaults(root: unknown, route: FieldPath): Fault[] {
  const field = (key: string) => valueAt(root, [...route, key]);
  const [group, split] = [field("group"), field("split")];
  const faults: Fault[] = [];
  if (group === undefined && split === undefined)
    faults.push({ path: [...route, "group"], found: "nothing", expected: "a group, or `split`" });
  if (group !== undefined && split !== undefined)
    faults.push({
      path: [...route, "group"],
      found: `${describeValue(group)} beside \`split\``,
      expected: "one of the two",
    });
  if (split === undefined && field("splitOn") !== undefined)
    faults.push({
      path: [...route, "splitOn"],
      found: `${describeValue(field("splitOn"))} without \`split\``,
      expected: "`split` beside it",
    });
  if (
    Array.isArray(split) &&
    split.length > 0 &&
    split.every((_, i) => valueAt(root, [...route, "split", i, "weight"]) === 0)
  )
    faults.push({ path: [...route, "split"], found: "no weight above 0", expected: "one at least" });
  return faults;
}
