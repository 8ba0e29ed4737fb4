import { afterAll, afterEach, beforeEach, expect, spyOn, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSim } from "./command.ts";
import { verdictsJson } from "./text.ts";

let directory = "";
const out = spyOn(console, "log");
const err = spyOn(console, "error");

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "ballast-sim-"));
  for (const stream of [out, err]) stream.mockReset().mockImplementation(() => {});
  const scenario = {
    title: "two <servers>",
    clusters: [{ name: "c", servers: 2, workers: 1, meanMs: 10 }],
    load: 0.5,
    duration: "4s",
    events: [{ server: "c-2", at: "1s", until: "3s", slowdown: 3 }],
  };
  writeFileSync(join(directory, "two.json"), JSON.stringify(scenario));
});
afterEach(() => rmSync(directory, { recursive: true }));
afterAll(() => {
  for (const stream of [out, err]) stream.mockRestore();
});

const printed = () => out.mock.calls.flat().join("\n");
const run = (...args: string[]) =>
  runSim([
    "--scenario",
    join(directory, "two.json"),
    "--out",
    directory,
    "--policies",
    "clairvoyant,ewma",
    ...args,
  ]);

test("prints a table and writes the report as HTML and JSON", async () => {
  expect(await run()).toBe(0);
  expect(printed()).toMatch(/^two: two <servers>\npolicy +p50 ms/);
  expect(printed()).toMatch(/\newma +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ ×/);
  const html = readFileSync(join(directory, "simulation.html"), "utf8");
  expect(html).toContain("two &lt;servers&gt;");
  expect(html).toContain("<svg");
  const { scenarios } = JSON.parse(readFileSync(join(directory, "simulation.json"), "utf8"));
  expect(scenarios[0].policies.map((p: { policy: string }) => p.policy)).toEqual(["clairvoyant", "ewma"]);
  expect(scenarios[0].policies[1].timeline).toHaveLength(2);
});

test("prints the same JSON for the same seed", async () => {
  expect(await run("--json", "--seed", "7")).toBe(0);
  const first = printed();
  out.mockClear();
  await run("--json", "--seed", "7");
  expect(printed()).toBe(first);
  expect(JSON.parse(first).scenarios[0].seed).toBe(7);
});

test("verdicts for programs say whether they hold", () => {
  const verdict = { criterion: "p99", bound: "at most", limit: 1.25 } as const;
  const verdicts = [
    { seed: 1, figure: 1.2, ...verdict },
    { seed: 2, figure: 1.3, ...verdict },
  ];
  expect(JSON.parse(verdictsJson(verdicts))).toEqual([
    { ...verdicts[0], holds: true },
    { ...verdicts[1], holds: false },
  ]);
});

test("explains itself", async () => {
  const written = spyOn(process.stdout, "write").mockImplementation(() => true);
  expect(await runSim(["--help"])).toBe(0);
  const help = written.mock.calls.flat().join("");
  written.mockRestore();
  expect(help).toContain("--policies");
  expect(help).toContain("strong-85-90-targets-16-balancers");
});

const wrong: readonly (readonly [args: string[], told: string])[] = [
  [["--policies", "ewma,fastest"], 'found "fastest", expected some of clairvoyant, round-robin'],
  [["--seed", "x"], '--seed: found "x", expected a whole number'],
  [["--scenario", "nowhere"], "expected a file or one of burst,"],
  [["--nonsense"], "--nonsense"],
  [["--check", "--scenario", "quiet"], "--scenario has no effect with --check"],
  [["--check", "--search", "3"], "--search has no effect with --check"],
  [["--choice-cost", "--seed", "3"], "--seed has no effect with --choice-cost"],
  [["--search", "3", "--out", "x"], "--out has no effect with --search"],
  [["--out", "/dev/null"], '--out: found "/dev/null", expected a directory to write to'],
];
for (const [args, told] of wrong) {
  test(`tells what is wrong with ${args.join(" ")}`, async () => {
    expect(await runSim(args)).toBe(2);
    expect(err.mock.calls.flat().join("\n")).toContain(told);
  });
}
