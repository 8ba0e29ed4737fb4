import { edgeFaults } from "./edge-rules.ts";
import { describeValue, type Fault, type FieldPath, nearest, valueAt } from "./fault.ts";
import { listenAddress, targetUrl } from "./scalars.ts";

/**
 * What is wrong between the parts of a config that may each be right by themselves. Looks at the JSON
 * as it stands, whatever else is wrong with it, so that every fault shows at once.
 */
export function referenceFaults(root: unknown): Fault[] {
  const groups = entriesAt(root, ["groups"]);
  return [
    ...itemPaths(root, ["listeners"]).flatMap((path) => listenerFaults(root, path, groups)),
    ...duplicates(root, ["listeners"], ["name"], String),
    ...duplicates(root, ["listeners"], ["listen"], (value) => {
      const parsed = listenAddress.safeParse(value).data;
      // Port 0 is another port each time.
      return parsed === undefined || parsed.port === 0 ? undefined : `${parsed.hostname}:${parsed.port}`;
    }),
    ...groups.flatMap((name) => targetFaults(root, ["groups", name, "targets"])),
  ];
}

function listenerFaults(root: unknown, path: FieldPath, groups: readonly string[]): Fault[] {
  const faults: Fault[] = [];
  const routes = itemPaths(root, [...path, "routes"]);
  for (const route of routes) {
    const group = valueAt(root, [...route, "group"]);
    if (typeof group !== "string" || groups.includes(group)) continue;
    const near = nearest(group, groups);
    faults.push({
      path: [...route, "group"],
      found: describeValue(group),
      expected: `a group of this file (${groups.join(", ")})${near === undefined ? "" : `; nearest: "${near}"`}`,
    });
  }
  const patterns = routes.map((route) => {
    const [host, prefix] = [valueAt(root, [...route, "host"]), valueAt(root, [...route, "path"])];
    return `${host === undefined ? "" : String(host).toLowerCase()}${prefix ?? "/"}`;
  });
  faults.push(...repeated(patterns, (index) => [...path, "routes", index, "path"]));

  const tls = valueAt(root, [...path, "tls"]);
  for (const key of ["http2", "http3"]) {
    if (valueAt(root, [...path, key]) !== true || tls !== undefined) continue;
    faults.push({ path: [...path, key], found: "true without `tls`", expected: "`tls` beside it" });
  }
  for (const certificate of itemPaths(root, [...path, "tls"]).slice(1)) {
    if (valueAt(root, [...certificate, "serverName"]) !== undefined) continue;
    faults.push({
      path: [...certificate, "serverName"],
      found: "nothing",
      expected: "a name: only the first certificate serves all other names",
    });
  }
  faults.push(...edgeFaults(root, path));
  return faults;
}

/** A target without `id` goes by its address. */
function targetFaults(root: unknown, path: FieldPath): Fault[] {
  const ids = itemPaths(root, path).map((target) => {
    const id = valueAt(root, [...target, "id"]);
    return typeof id === "string"
      ? id
      : targetUrl.safeParse(valueAt(root, [...target, "url"])).data?.replace(/^.*\/\//, "");
  });
  return repeated(ids, (index) => [...path, index, "id"]);
}

function duplicates(
  root: unknown,
  list: FieldPath,
  field: FieldPath,
  normalize: (value: unknown) => string | undefined,
): Fault[] {
  const values = itemPaths(root, list).map((item) => {
    const value = valueAt(root, [...item, ...field]);
    return value === undefined ? undefined : normalize(value);
  });
  return repeated(values, (index) => [...list, index, ...field]);
}

function repeated(values: readonly (string | undefined)[], pathOf: (index: number) => FieldPath): Fault[] {
  return values.flatMap((value, index) => {
    const first = values.indexOf(value);
    if (value === undefined || first === index) return [];
    return [
      {
        path: pathOf(index),
        found: `${describeValue(value)} a second time`,
        expected: `another value (it stands at index ${first} too)`,
      },
    ];
  });
}

/** The paths of a list's items; none where there is no list. */
function itemPaths(root: unknown, path: FieldPath): FieldPath[] {
  const list = valueAt(root, path);
  return Array.isArray(list) ? list.map((_, index) => [...path, index]) : [];
}

/** The keys of an object; none where there is no object. */
function entriesAt(root: unknown, path: FieldPath): string[] {
  const object = valueAt(root, path);
  return typeof object === "object" && object !== null ? Object.keys(object) : [];
}
