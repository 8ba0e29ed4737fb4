import { describeValue, type Fault, type FieldPath, nearest } from "./fault.ts";
import type { Config, ListenerConfig } from "./schema.ts";

/** What is wrong between the parts of a config that are each right by themselves. */
export function referenceFaults(config: Config): Fault[] {
  return [
    ...config.listeners.flatMap((listener, index) => listenerFaults(listener, ["listeners", index], config)),
    ...duplicates(
      config.listeners.map((listener) => listener.name),
      (index) => ["listeners", index, "name"],
    ),
    ...duplicates(
      // Port 0 is another port each time.
      config.listeners.map(({ listen }) =>
        listen.port === 0 ? undefined : `${listen.hostname}:${listen.port}`,
      ),
      (index) => ["listeners", index, "listen"],
    ),
    ...Object.entries(config.groups).flatMap(([name, group]) =>
      duplicates(
        group.targets.map((target) => target.id),
        (index) => ["groups", name, "targets", index, "id"],
      ),
    ),
  ];
}

function listenerFaults(listener: ListenerConfig, path: FieldPath, config: Config): Fault[] {
  const faults: Fault[] = [];
  const groups = Object.keys(config.groups);
  listener.routes.forEach((route, index) => {
    if (groups.includes(route.group)) return;
    const near = nearest(route.group, groups);
    faults.push({
      path: [...path, "routes", index, "group"],
      found: describeValue(route.group),
      expected: `a group of this file (${groups.join(", ")})${near === undefined ? "" : `; nearest: "${near}"`}`,
    });
  });
  faults.push(
    ...duplicates(
      listener.routes.map((route) => `${route.host ?? ""}${route.path}`),
      (index) => [...path, "routes", index, "path"],
    ),
  );
  for (const key of ["http2", "http3"] as const) {
    if (!listener[key] || listener.tls !== undefined) continue;
    faults.push({ path: [...path, key], found: "true without `tls`", expected: "`tls` beside it" });
  }
  listener.tls?.forEach((certificate, index) => {
    if (index === 0 || certificate.serverName !== undefined) return;
    faults.push({
      path: [...path, "tls", index, "serverName"],
      found: "nothing",
      expected: "a name: only the first certificate serves all other names",
    });
  });
  return faults;
}

function duplicates(values: readonly (string | undefined)[], pathOf: (index: number) => FieldPath): Fault[] {
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
