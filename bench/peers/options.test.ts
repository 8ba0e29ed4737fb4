import { expect, test } from "bun:test";
import { runPeers } from "./command.ts";
import { bestGenerator } from "./generators/closed-loop.ts";
import { parsePeersOptions } from "./options.ts";

const parse = (line: string) => parsePeersOptions(line.split(" ").filter(Boolean));
const fault = (line: string) => {
  const parsed = parse(line);
  return parsed.ok ? "" : parsed.fault;
};

test("all CPU times are measured unless said otherwise", () => {
  expect(parse("")).toMatchObject({
    ok: true,
    value: {
      parts: ["cpu", "large", "connections", "http2", "workers", "scale", "tcp", "udp"],
      peers: ["nginx", "haproxy", "caddy", "floor"],
      rounds: 3,
      roundDurationMs: 6000,
      generator: bestGenerator(),
      edge: "wire",
      scenarios: ["strong"],
      tailsDurationMs: 15_000,
      balancer: undefined,
      check: false,
      out: "report",
    },
  });
});

test("lists, durations and names are read", () => {
  const line =
    "--part tails,http2 --peers haproxy,nginx --scenario lab,strong --tails-duration 2.5s --generator wrk --edge serve";
  expect(parse(line)).toMatchObject({
    ok: true,
    value: {
      parts: ["tails", "http2"],
      peers: ["haproxy", "nginx"],
      scenarios: ["lab", "strong"],
      tailsDurationMs: 2500,
      generator: "wrk",
      edge: "serve",
    },
  });
  expect(parse("--part all")).toMatchObject({
    value: { parts: ["cpu", "large", "connections", "http2", "workers", "scale", "tcp", "udp", "tails"] },
  });
});

test("every fault is told, with what was found and expected", () => {
  expect(fault("--part speed --rounds 0 --round-duration 1s --edge wires").split("\n")).toEqual([
    '--part: found "speed", expected some of cpu, large, connections, http2, workers, scale, tcp, udp, tails',
    '--rounds: found "0", expected a whole number from 1 to 99',
    '--round-duration: found "1s", expected a duration such as "10s", of 3s or more',
    '--edge: found "wires", expected one of wire, serve, auto',
  ]);
  expect(fault("--generator wrk,ballast")).toBe(
    '--generator: found "wrk,ballast", expected one of ballast, wrk',
  );
  expect(fault("--scenario lab --tails-duration 2s --part cpu").split("\n")).toEqual([
    "--scenario has no effect without --part tails",
    "--tails-duration has no effect without --part tails",
  ]);
  expect(fault("--fast")).toContain("--fast");
});

test("the command ends with 2 for what it does not know, with 1 for a balancer that isn't there", async () => {
  expect(await runPeers(["--fast"])).toBe(2);
  expect(await runPeers(["--balancer", "/nowhere/balancer"])).toBe(1);
});
