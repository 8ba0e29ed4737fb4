import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The text of the file at `path` with each `{{name}}` replaced; throws when names and values don't match. */
export function fillTemplate(path: string, values: Readonly<Record<string, string | number>>): string {
  const template = readFileSync(path, "utf8");
  const unused = new Set(Object.keys(values));
  const filled = template.replaceAll(/\{\{(\w+)\}\}/g, (_placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${path} has {{${name}}}, but no value was given`);
    unused.delete(name);
    return String(value);
  });
  if (unused.size > 0) throw new Error(`${path} has no {{${[...unused].join("}}, {{")}}}`);
  return filled;
}

/** Path of a config that the benchmark runs a peer with. */
export function confFile(name: string): string {
  return join(import.meta.dir, "conf", name);
}
