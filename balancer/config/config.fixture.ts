import { parseConfig } from "./load.ts";

export type Json = Record<string, unknown>;

/** For tests: a config with nothing in it that could be left out. */
export const minimal = () => ({
  listeners: [{ name: "public", protocol: "http", listen: ":8080", routes: [{ path: "/", group: "g" }] }],
  groups: { g: { targets: [{ url: "http://10.0.0.1" }] } },
});

/** The faults of a config, or of its text; none where it is taken. */
export function faultsOf(config: unknown): readonly string[] {
  const result = parseConfig(
    typeof config === "string" ? config : JSON.stringify(config, null, 2),
    "lb.json",
  );
  return result.ok ? [] : result.faults;
}

/** {@link faultsOf} without their places in the text. */
export function fieldFaultsOf(config: object): readonly string[] {
  return faultsOf(config).map((fault) => fault.replace(/^lb\.json:\d+:\d+: /, ""));
}

/** The faults of the minimal config with its listener and group changed. */
export function faultsWith(listener: Json, group: Json = {}, root: Json = {}): readonly string[] {
  const { listeners, groups } = minimal();
  return faultsOf({
    listeners: [{ ...listeners[0], ...listener }],
    groups: { g: { ...groups.g, ...group } },
    ...root,
  });
}
