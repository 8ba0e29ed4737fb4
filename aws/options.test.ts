import { expect, test } from "bun:test";
import { parseOptions } from "./options.ts";

const defaults = { yes: false, confirm: false, json: false, bench: true, timeoutMs: 600_000, benchArgs: [] };

test.each([
  ["up", { command: "up", stack: undefined }],
  [
    "up fleet --yes --no-bench --json",
    { command: "up", stack: "fleet", yes: true, bench: false, json: true },
  ],
  ["up --timeout 90s primes", { command: "up", stack: "primes", timeoutMs: 90_000 }],
  ["down --confirm lab", { command: "down", stack: "lab", confirm: true }],
  ["down --json", { command: "down", stack: undefined, json: true }],
  ["down", { command: "down", stack: undefined }],
  ["up lab -- --rate 5 --json", { command: "up", stack: "lab", benchArgs: ["--rate", "5", "--json"] }],
])("%s", (line, expected) => {
  const value: unknown = { ...defaults, ...expected };
  expect(parseOptions(line.split(" ")) as unknown).toEqual({ ok: true, value });
});

test.each([["--help"], ["up -h"], ["down --help lab"]])("%s asks for help", (line) => {
  expect(parseOptions(line.split(" "))).toEqual({ ok: true, value: "help" });
});

test.each([
  ["", "found no command, expected up or down"],
  ["destroy", 'found "destroy", expected up or down'],
  ["up labs", 'found stack "labs", expected lab, primes, fleet'],
  ["up lab fleet", 'found "fleet", expected one stack and options'],
  ["up --confirm", "--confirm is an option of down, found it with up"],
  ["down --yes", "--yes is an option of up, found it with down"],
  ["up --timeout soon", '--timeout: found "soon", expected a duration such as "10m"'],
  ["up --no-bench -- --rate 5", 'found "--rate" behind --, expected nothing: there is no benchmark'],
  ["up --force", "Unknown option '--force'"],
])("%p is refused: %s", (line, fault) => {
  const words = line === "" ? [] : line.split(" ");
  expect(parseOptions(words)).toEqual({ ok: false, fault: expect.stringContaining(fault) });
});
