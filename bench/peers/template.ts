import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The text of a file in `conf/` with each `{{name}}` replaced; throws when names and values don't match. */
export function fillTemplate(file: string, values: Readonly<Record<string, string | number>>): string {
  const template = readFileSync(join(import.meta.dir, "conf", file), "utf8");
  const unused = new Set(Object.keys(values));
  const filled = template.replaceAll(/\{\{(\w+)\}\}/g, (_placeholder, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`conf/${file} has {{${name}}}, but no value was given`);
    unused.delete(name);
    return String(value);
  });
  if (unused.size > 0) throw new Error(`conf/${file} has no {{${[...unused].join("}}, {{")}}}`);
  return filled;
}
