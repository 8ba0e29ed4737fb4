import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parseConfig } from "../../../balancer/config/load.ts";
import { type FuzzedReader, mustHold } from "../reader.ts";

const examples = join(import.meta.dir, "..", "..", "..", "examples");
const example = (name: string) => readFileSync(join(examples, name), "latin1");

/** Config files, as a person or the admin address hands them over. */
export const configReader: FuzzedReader = {
  name: "config",
  corpus: [
    ...["lb.json", "tcp.json", "control.json"].map(example),
    '{"listeners":[{"name":"a","protocol":"http","listen":":0","routes":[{"group":"g"}]}],"groups":{"g":{"targets":[]}}}',
    '{"__proto__":{"listeners":[]},"groups":{"__proto__":{"targets":[]},"constructor":{}}}',
    `${"[".repeat(3000)}`,
    `${'{"a":'.repeat(1000)}1${"}".repeat(1000)}`,
    "",
  ],
  words: [
    "{",
    "}",
    "[",
    "]",
    '"',
    ":",
    ",",
    "null",
    "true",
    "-1",
    "1e999",
    '"10s"',
    '"__proto__"',
    '"listeners"',
    '"groups"',
    '"targets"',
    '"policy"',
    "// x\n",
    "/*",
    "\xef\xbb\xbf",
    "\0",
    "\\u0000",
    "[[[[[[[[",
  ],
  structured: fc.json({ maxDepth: 6 }).map((text) => Buffer.from(text).toString("latin1")),
  check(input) {
    const loaded = parseConfig(input.toString("utf8"), "lb.json");
    if (loaded.ok) return;
    mustHold(loaded.faults.length > 0, "a config is refused without a word");
    for (const fault of loaded.faults)
      mustHold(/^lb\.json:(?:\d+:\d+: .| and \d+ more$)/.test(fault), "a fault without its place", fault);
  },
};
