import { expect, test } from "bun:test";
import { readSettings } from "../stacks/read-settings.ts";
import { stackNames } from "../stacks/stack-names.ts";
import { benchArguments, benchFault } from "./bench-arguments.ts";

const read = readSettings({}, {});
if (!read.ok) throw new Error(read.faults.join("\n"));
const { settings } = read;

test.each(stackNames)("the benchmark takes another load for %s", (stack) => {
  expect(benchFault(stack, settings, [])).toBeUndefined();
  expect(benchFault(stack, settings, ["--rate", "200", "--duration", "60s"])).toBeUndefined();
  expect(benchFault(stack, settings, ["--rate=200"])).toBeUndefined();
  expect(benchFault(stack, settings, ["--requests", "20"])).toBeUndefined();
});

test("what it would not take is told before anything is made", () => {
  expect(benchFault("lab", settings, ["--rate", "fast"])).toStartWith(
    '--rate: found "fast", expected requests',
  );
  expect(benchFault("lab", settings, ["--policy", "ewma"])).toContain("--policy is for the lab");
  expect(benchFault("lab", settings, ["--speed"])).toContain("--speed");
  expect(benchFault("lab", settings, ["--help"])).toContain("found --help");
});

test("the user's options come last, so that they go first", () => {
  const outputs = {
    region: "us-east-1",
    frontendUrl: "http://192.0.2.1",
    bucket: "",
    instanceIds: {},
    instanceGroups: {},
  };
  expect(benchArguments("primes", outputs, settings, ["--requests", "7"]).slice(-2)).toEqual([
    "--requests",
    "7",
  ]);
});
