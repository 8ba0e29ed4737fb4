import { expect, test } from "bun:test";
import { runPeers } from "./command.ts";
import { parsePeersOptions } from "./options.ts";

const parse = (line: string) => parsePeersOptions(line.split(" ").filter(Boolean));
const fault = (line: string) => {
  const parsed = parse(line);
  return parsed.ok ? "" : parsed.fault;
};

test("everything is measured unless said otherwise", () => {
  expect(parse("")).toMatchObject({
    ok: true,
    value: {
      parts: ["cpu", "tails"],
      peers: ["nginx", "haproxy", "caddy"],
      rounds: 3,
      cpuDurationMs: 5000,
      generator: "ballast",
      scenarios: ["strong"],
      tailsDurationMs: 15_000,
      balancer: undefined,
      check: false,
      out: "report",
    },
  });
});

test("lists and durations are read", () => {
  const line =
    "--part tails --peers haproxy,nginx --scenario lab,strong --tails-duration 2.5s --generator wrk";
  expect(parse(line)).toMatchObject({
    ok: true,
    value: {
      parts: ["tails"],
      peers: ["haproxy", "nginx"],
      scenarios: ["lab", "strong"],
      tailsDurationMs: 2500,
      generator: "wrk",
    },
  });
});

test("every fault is told, with what was found and expected", () => {
  expect(fault("--part speed --rounds 0 --cpu-duration 1s").split("\n")).toEqual([
    '--rounds: found "0", expected a whole number from 1 to 99',
    '--part: found "speed", expected of cpu, tails, with commas between',
    '--cpu-duration: found "1s", expected a duration such as "10s", of 3s or more',
  ]);
  expect(fault("--generator wrk,ballast")).toBe('--generator: found "wrk,ballast", expected only one');
  expect(fault("--fast")).toContain("--fast");
});

test("the command ends with 2 for what it does not know, with 1 for a balancer that isn't there", async () => {
  expect(await runPeers(["--fast"])).toBe(2);
  expect(await runPeers(["--balancer", "/nowhere/balancer"])).toBe(1);
});
