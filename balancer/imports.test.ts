import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** What the sources of a folder may import besides their own, and what only for its types; `http` is what stands at its root. */
interface Rule {
  readonly values: readonly string[];
  readonly types?: readonly string[];
}

const plain = ["byte-buffer.ts", "host-port.ts", "target-address.ts", "text-hash.ts"];
const layer = [...plain, "cluster", "policy", "config", "observe", "transport", "watched-group.ts"];

/** From right to left along the way of a request, and the other layers; docs/architecture.md says the same in words. */
const rules: Readonly<Record<string, Rule>> = {
  policy: { values: [...plain, "cluster"] },
  cluster: { values: plain, types: ["policy"] },
  transport: { values: [...plain, "sockets"], types: ["cluster", "config"] },
  "http/message": { values: [...plain, "observe"], types: ["config"] },
  "http/upstream": { values: [...plain, "cluster", "transport", "http/message", "sockets"] },
  "http/websocket": { values: ["transport", "http/message"] },
  "http/service": { values: [...layer, "http/message", "http/upstream"], types: ["http/exchange"] },
  "http/exchange": {
    values: [...layer, "http/message"],
    types: ["http/service", "http/upstream"],
  },
  "http/routing": {
    values: [...layer, "http/message", "http/exchange"],
    types: ["http/service", "limits"],
  },
  "http/wire": {
    values: [...layer, "http", "http/message", "http/routing", "http/exchange", "sockets"],
    types: ["http/service", "limits"],
  },
  "http/serve": {
    values: [
      ...layer,
      "http",
      "http/message",
      "http/routing",
      "http/exchange",
      "http/websocket",
      "sockets",
      "limits",
    ],
    types: ["http/service"],
  },
  stream: { values: [...layer, "sockets"], types: ["limits"] },
  control: { values: [...layer, "sockets"] },
};

const root = import.meta.dir;
const importPattern = /^(?:import|export) (type )?(?:[^;"]*? from )?"(\.[^"]*)"/gm;

/** As {@link rules} name it: the first folder below the root, of `http` the second too; a file at the root by its name. */
function placeOf(path: string): string {
  const [first = "", second = "", third] = path.split("/");
  return first === "http" && third !== undefined ? `http/${second}` : first;
}

const isSource = (path: string) => /\.tsx?$/.test(path) && !/\.(?:test|cases|fixture)\.tsx?$/.test(path);

function trespasses(): string[] {
  const paths = readdirSync(root, { recursive: true, encoding: "utf8" }).filter(isSource);
  return paths.flatMap((path) => {
    const place = placeOf(path);
    const rule = rules[place];
    if (rule === undefined) return [];
    const text = readFileSync(join(root, path), "utf8");
    return [...text.matchAll(importPattern)].flatMap(([, type, specifier = ""]) => {
      const imported = placeOf(relative(root, join(root, dirname(path), specifier)));
      const mayImport =
        imported === place ||
        rule.values.includes(imported) ||
        (type !== undefined && rule.types?.includes(imported) === true);
      return mayImport ? [] : [`${path} imports ${imported}`];
    });
  });
}

test("each folder imports only what its place in the way of a request allows", () => {
  expect(trespasses()).toEqual([]);
});

test("a rule names folders that there are", () => {
  const places = new Set(readdirSync(root, { recursive: true, encoding: "utf8" }).map(placeOf));
  expect(Object.keys(rules).filter((place) => !places.has(place))).toEqual([]);
});
