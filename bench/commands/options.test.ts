import { describe, expect, test } from "bun:test";
import { parseBenchOptions } from "./options.ts";

const fault = (args: string[], command: "bench" | "lab" = "bench") => {
  const parsed = parseBenchOptions(args, command);
  return parsed.ok ? "" : parsed.fault;
};

test("the defaults are the lab's test", () => {
  const parsed = parseBenchOptions([], "bench");
  expect(parsed).toMatchObject({
    ok: true,
    value: {
      url: undefined,
      requests: 1000,
      concurrency: 1000,
      policy: "ewma",
      out: "report",
      rate: undefined,
    },
  });
});

test("growing loads and other systems are read", () => {
  const args = ["--url=http://h", "--sweep=10,20.5", "--beside=alb=http://alb.example"];
  expect(parseBenchOptions(args, "bench")).toMatchObject({
    ok: true,
    value: { sweep: [10, 20.5], beside: [{ kind: "url", name: "alb", url: "http://alb.example/" }] },
  });
  expect(parseBenchOptions(["--beside=nginx"], "lab")).toMatchObject({
    ok: true,
    value: { beside: [{ kind: "peer", program: "nginx" }] },
  });
});

test("values are read in their units", () => {
  const args = "--url http://h --clusters /a,/b --rate 12.5 --duration 250ms --warmup 2s --timeout 1m".split(
    " ",
  );
  expect(parseBenchOptions(args, "bench")).toMatchObject({
    ok: true,
    value: {
      url: "http://h/",
      clusters: ["/a", "/b"],
      ownClusters: true,
      rate: 12.5,
      durationMs: 250,
      warmupMs: 2000,
      timeoutMs: 60_000,
    },
  });
});

describe("a fault says what was found and what was expected", () => {
  test.each([
    ["--requests", "many", "a whole number from 1"],
    ["--concurrency", "0", "a whole number from 1"],
    ["--rate", "-3", "requests per second"],
    ["--rate", "1e9", "requests per second, above 0 and up to 1000000"],
    ["--timeout", "5 parsecs", "a duration such as"],
    ["--timeout", "0s", 'a duration such as "10s", of 1ms or more'],
    ["--duration", "0s", 'a duration such as "10s", of 1ms or more'],
    ["--sweep-duration", "0s", 'a duration such as "10s", of 1ms or more'],
    ["--url", "localhost:8080", "an absolute http:// or https:// URL"],
    ["--url", "http://h/base", "an absolute http:// or https:// URL without a path"],
    ["--url", "http://h/?a=b", "an absolute http:// or https:// URL without a path"],
    ["--url", "http://me:secret@h", "an absolute http:// or https:// URL without a path"],
    ["--clusters", "cluster1", "paths such as"],
    ["--clusters", "/a,/b,/a", 'paths such as "/cluster1,/cluster2", each once'],
    ["--sweep", "20,10", "growing requests per second"],
    ["--beside", "apache", "nginx, haproxy, caddy or name=URL"],
    [
      "--beside",
      "a=http://h,a=http://i",
      "nginx, haproxy, caddy or name=URL, with commas between, each once",
    ],
    ["--seed", "x", "a whole number from 0"],
    ["--policy", "ewm", "one of round-robin, "],
    ["--policy", "cloudwatch", "one of round-robin, "],
  ])("%s=%s", (name, value, expected) => {
    const text = fault([`${name}=${value}`]);
    expect(text).toContain(`${name}: found ${JSON.stringify(value)}, expected ${expected}`);
  });

  test("all faults come at once", () => {
    expect(fault(["--requests", "x", "--seed", "y"]).split("\n")).toHaveLength(2);
  });

  test("an unknown option is named", () => {
    expect(fault(["--speed"])).toContain("--speed");
  });
});

describe("options that would have no effect are refused", () => {
  test.each([
    ["bench", ["--duration", "3s"], "--duration has no effect without --rate"],
    ["bench", ["--rate", "5", "--requests", "3"], "exclude each other"],
    ["bench", ["--url", "http://h", "--policy", "ewma"], "--policy is for the lab"],
    ["bench", ["--clusters", "/a"], "--clusters has no effect without --url"],
    ["bench", ["--insecure"], "--insecure has no effect without --url"],
    ["lab", ["--sweep-duration", "3s"], "--sweep-duration has no effect without --sweep"],
    ["bench", ["--url", "http://h", "--beside", "nginx"], "--beside with a program is for the lab"],
    ["bench", ["--keep"], "--keep is an option of lab"],
    ["lab", ["--url", "http://h"], "--url is an option of bench"],
  ] as const)("%s %j", (command, args, text) => {
    expect(fault([...args], command)).toContain(text);
  });
});

test("CloudWatch is asked in a region, for a namespace, for so long", () => {
  const asked = (...args: string[]) => {
    const parsed = parseBenchOptions(["--url=http://h", ...args], "bench");
    if (!parsed.ok) return parsed.fault;
    return parsed.value === "help" ? "help" : parsed.value.cloudWatch;
  };
  expect(asked()).toBeUndefined();
  expect(asked("--cloudwatch=eu-central-1")).toEqual({
    region: "eu-central-1",
    namespace: "Ballast",
    dimensions: {},
    waitMs: 300_000,
  });
  const more = ["--cloudwatch-wait=1s", "--cloudwatch-dimensions=Deployment=a/lab,Env=test"];
  expect(asked("--cloudwatch=us-gov-west-1,Mine", ...more)).toEqual({
    region: "us-gov-west-1",
    namespace: "Mine",
    dimensions: { Deployment: "a/lab", Env: "test" },
    waitMs: 1000,
  });
  expect(asked("--cloudwatch=Frankfurt")).toBe(
    '--cloudwatch: found "Frankfurt", expected a region such as "eu-central-1", or region,namespace',
  );
  expect(asked("--cloudwatch-wait=1s")).toBe("--cloudwatch-wait has no effect without --cloudwatch");
  expect(fault(["--cloudwatch=eu-central-1"], "lab")).toBe(
    "--cloudwatch has no effect without --url: it knows nothing of the lab",
  );
});
