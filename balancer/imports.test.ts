import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

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
  sockets: { values: ["config"] },
  config: { values: ["policy"] },
  limits: { values: [...plain, "config"] },
  files: { values: ["config", "acme", "discovery"], types: ["cluster", "http"] },
  acme: { values: ["config"], types: ["cluster", "http"] },
  aws: { values: ["cluster"], types: ["config", "policy"] },
  discovery: { values: [...plain, "cluster", "config", "aws"] },
  observe: {
    values: [...plain, "cluster", "config", "sockets", "aws", "stream"],
    types: ["acme", "control", "discovery", "reload"],
  },
  admin: { values: [...plain, "config", "observe", "sockets", "transport"], types: ["cluster", "reload"] },
  takeover: { values: ["compiled.ts", "policy", "sockets"], types: ["control", "serving"] },
  reload: { values: ["workers", "files", "limits", "observe"], types: ["config", "serving"] },
  workers: {
    values: ["serving", "cluster", "config", "limits", "observe", "sockets"],
    types: ["files", "watched-group.ts"],
  },
};

const root = import.meta.dir;
const importPattern = /^(?:import|export) (type )?(?:[^;"]*? from )?"(\.[^"]*)"/gm;

/** As {@link rules} name it: the first folder below the root, of `http` the second too; a file at the root by its name. */
function placeOf(path: string): string {
  const [first = "", second = "", third] = path.split("/");
  return first === "http" && third !== undefined ? `http/${second}` : first;
}

/** No test, nor what takes pictures for the docs. */
const isSource = (path: string) =>
  /\.tsx?$/.test(path) && !/(?:\.test|\.cases|\.fixture|\bscreenshots)\.tsx?$/.test(path);

interface Import {
  readonly by: string;
  readonly isType: boolean;
  readonly imported: string;
}

/** All in the sources below the directory; paths are relative to it. */
function importsIn(directory: string): Import[] {
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" }).filter(isSource);
  return paths.flatMap((by) =>
    [...readFileSync(join(directory, by), "utf8").matchAll(importPattern)].map(
      ([, type, specifier = ""]) => ({
        by,
        isType: type !== undefined,
        imported: join(dirname(by), specifier),
      }),
    ),
  );
}

function trespasses(): string[] {
  return importsIn(root).flatMap(({ by, isType, imported: path }) => {
    const [place, imported] = [placeOf(by), placeOf(path)];
    const rule = rules[place];
    const mayImport =
      rule === undefined ||
      imported === place ||
      rule.values.includes(imported) ||
      (isType && rule.types?.includes(imported) === true);
    return mayImport ? [] : [`${by} imports ${imported}`];
  });
}

test("each folder imports only what its place in the way of a request allows", () => {
  expect(trespasses()).toEqual([]);
});

test("a rule names folders that there are", () => {
  const places = new Set(readdirSync(root, { recursive: true, encoding: "utf8" }).map(placeOf));
  expect(Object.keys(rules).filter((place) => !places.has(place))).toEqual([]);
});

test("the backend imports nothing of the balancer, and the stacks the types of its config alone", () => {
  const ofBalancer = (folder: string) =>
    importsIn(join(root, "..", folder)).filter(({ imported }) => imported.startsWith("../balancer/"));
  expect(ofBalancer("backend")).toEqual([]);
  const ofStacks = ofBalancer("stacks");
  expect(ofStacks.filter(({ isType }) => !isType)).toEqual([]);
  expect([...new Set(ofStacks.map(({ imported }) => imported))].sort()).toEqual([
    "../balancer/config/schema.ts",
    "../balancer/policy/options.ts",
  ]);
});
