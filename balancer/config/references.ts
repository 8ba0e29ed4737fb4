import { acmeFaults } from "./acme-schema.ts";
import { adminFaults } from "./admin-schema.ts";
import { edgeFaults } from "./edge-rules.ts";
import { describeValue, type Fault, type FieldPath, valueAt } from "./fault.ts";
import { nearest } from "./nearest.ts";
import { portFaults } from "./port-rules.ts";
import { groupProtocolFaults, protocolFault, tcpListenerFaults } from "./protocol-rules.ts";
import { requestRuleFaults } from "./request-rules.ts";
import { groupUsersOf, routeFaults } from "./route-rules.ts";
import { anotherName, targetUrl } from "./scalars.ts";

/**
 * What is wrong between the parts of a config that may each be right by themselves. Looks at the JSON
 * as it stands, whatever else is wrong with it, so that every fault shows at once.
 */
export function referenceFaults(root: unknown): Fault[] {
  const groups = entriesAt(root, ["groups"]);
  return [
    ...emptinessFaults(root),
    ...controlFaults(root),
    ...adminFaults(root),
    ...acmeFaults(root, itemPaths(root, ["listeners"])),
    ...itemPaths(root, ["listeners"]).flatMap((path) => listenerFaults(root, path, groups)),
    ...duplicates(root, ["listeners"], ["name"], ({ name }) =>
      name === undefined ? undefined : String(name),
    ),
    ...portFaults(root, itemPaths(root, ["listeners"])),
    ...groups.flatMap((name) => [
      ...groupNameFaults(name),
      ...targetFaults(root, ["groups", name, "targets"]),
      ...groupProtocolFaults(root, ["groups", name]),
      ...discoveryFaults(root, ["groups", name]),
      ...requestRuleFaults(root, ["groups", name]),
    ]),
  ];
}

/** zod judges every other name, and leaves this one out without a word. */
function groupNameFaults(name: string): Fault[] {
  if (name !== "__proto__") return [];
  return [{ path: ["groups", name], found: `the key ${describeValue(name)}`, expected: anotherName }];
}

/** A group has targets, or a place to find them; what only one kind of DNS record gives stands nowhere else. */
function discoveryFaults(root: unknown, path: FieldPath): Fault[] {
  const [targets, discovery] = [valueAt(root, [...path, "targets"]), valueAt(root, [...path, "discovery"])];
  const isEmpty = targets === undefined || (Array.isArray(targets) && targets.length === 0);
  if (isEmpty && discovery === undefined) {
    const found = describeValue(targets);
    return [
      { path: [...path, "targets"], found, expected: "a list that is not empty, or `discovery` beside it" },
    ];
  }
  if (valueAt(discovery, ["provider"]) !== "dns") return [];
  const port = valueAt(discovery, ["port"]);
  const isSrv = valueAt(discovery, ["type"]) === "SRV";
  if (isSrv === (port === undefined)) return [];
  const expected = isSrv ? "no such key: SRV records say the port" : "a port: only SRV records say it";
  return [{ path: [...path, "discovery", "port"], found: describeValue(port), expected }];
}

/** Without listeners only servers that announce themselves can give the balancer something to do. */
function emptinessFaults(root: unknown): Fault[] {
  const listeners = valueAt(root, ["listeners"]);
  if (!Array.isArray(listeners) || listeners.length > 0) return [];
  if (valueAt(root, ["control"]) !== undefined) return [];
  return [{ path: ["listeners"], found: "[]", expected: "a listener, or `control` beside it" }];
}

/** The configured policy is for servers of every protocol. */
function controlFaults(root: unknown): Fault[] {
  const path = ["control", "policy"];
  const name = valueAt(root, [...path, "name"]);
  if (name === "cloudwatch")
    return [{ path, found: '"cloudwatch"', expected: "another policy: who registers names no instance" }];
  if (name !== "least-load") return [];
  const expected = "another policy: only api servers tell their load, and may name it when they register";
  return [{ path, found: '"least-load"', expected }];
}

function listenerFaults(root: unknown, path: FieldPath, groups: readonly string[]): Fault[] {
  const faults: Fault[] = [];
  const routes = itemPaths(root, [...path, "routes"]);
  for (const user of [path, ...routes.flatMap((route) => groupUsersOf(root, route))]) {
    const group = valueAt(root, [...user, "group"]);
    if (typeof group !== "string") continue;
    if (groups.includes(group)) {
      const fault = protocolFault(root, path, [...user, "group"], group);
      if (fault !== undefined) faults.push(fault);
      continue;
    }
    const near = nearest(group, groups);
    faults.push({
      path: [...user, "group"],
      found: describeValue(group),
      expected:
        groups.length === 0
          ? "a group of this file, which has none"
          : `a group of this file (${groups.join(", ")})${near === undefined ? "" : `; nearest: "${near}"`}`,
    });
  }
  faults.push(...routes.flatMap((route) => routeFaults(root, route)));
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
    const hasNames = ["serverName", "acme"].some((key) => valueAt(root, [...certificate, key]) !== undefined);
    if (hasNames) continue;
    faults.push({
      path: [...certificate, "serverName"],
      found: "nothing",
      expected: "a name: only the first certificate serves all other names",
    });
  }
  const protocol = valueAt(root, [...path, "protocol"]);
  if (protocol === "http") faults.push(...edgeFaults(root, path));
  if (protocol === "tcp") faults.push(...tcpListenerFaults(root, path));
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

/** `identityOf` says what two items of the list must not share; undefined where that does not matter. */
function duplicates(
  root: unknown,
  list: FieldPath,
  field: FieldPath,
  identityOf: (item: Readonly<Record<string, unknown>>) => string | undefined,
): Fault[] {
  const identities = itemPaths(root, list).map((path) => {
    const item = valueAt(root, path);
    return typeof item === "object" && item !== null
      ? identityOf(item as Readonly<Record<string, unknown>>)
      : undefined;
  });
  return repeated(identities, (index) => [...list, index, ...field]);
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
