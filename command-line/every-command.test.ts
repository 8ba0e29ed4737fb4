import { expect, test } from "bun:test";
import { join } from "node:path";

const root = join(import.meta.dir, "..");

/** Each command as its program and arguments, and whether it prints results that a script might want. */
const commands: readonly (readonly [string, { readonly json: boolean }])[] = [
  ["balancer/main.ts", { json: true }],
  ["balancer/main.ts top", { json: true }],
  ["balancer/main.ts completion", { json: false }],
  ["backend/main.ts", { json: true }],
  ["backend/main.ts completion", { json: false }],
  ["bench/main.ts", { json: true }],
  ["bench/main.ts lab", { json: true }],
  ["bench/main.ts sim", { json: true }],
  ["bench/main.ts peers", { json: true }],
  ["bench/main.ts cost", { json: true }],
  ["bench/main.ts scrape", { json: true }],
  ["bench/main.ts memory", { json: true }],
  ["bench/main.ts faults", { json: true }],
  ["bench/main.ts steady", { json: true }],
  ["bench/main.ts soak", { json: true }],
  ["bench/fuzz/main.ts", { json: true }],
  ["demo/main.ts", { json: true }],
  ["aws/main.ts", { json: true }],
  ["scripts/audit.ts", { json: true }],
  ["scripts/sbom.ts", { json: false }],
  ["scripts/build.ts", { json: false }],
  ["scripts/check.ts", { json: false }],
  ["scripts/screenshots.ts", { json: false }],
];

async function run(...args: string[]) {
  const child = Bun.spawn([process.execPath, ...args], {
    cwd: root,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { exitCode: await child.exited, stdout, stderr };
}

// The short form: what knows it knows the long one.
test.each(commands)("%s has help with exit codes and examples", async (typed, { json }) => {
  const help = await run(...typed.split(" "), "-h");
  expect(help).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^exit codes?:/im), stderr: "" });
  expect(help.stdout).toMatch(/^examples:\n {2}\S/im);
  expect(/^ {2,}--json /m.test(help.stdout)).toBe(json);
});

test("the table names every command of package.json and of bench", async () => {
  const { scripts } = await Bun.file(join(root, "package.json")).json();
  const files = Object.values<string>(scripts).flatMap((script) => /bun (\S+\.ts)/.exec(script)?.[1] ?? []);
  const tested = commands.map(([typed]) => typed.split(" ")[0]);
  expect(files.filter((file) => !tested.includes(file))).toEqual([]);
  const { stdout } = await run("bench/main.ts", "--help");
  const parts = [...stdout.matchAll(/^ +bun run bench (\w+) /gm)].map(([, part]) => `bench/main.ts ${part}`);
  expect(parts.filter((part) => !commands.some(([typed]) => typed === part))).toEqual([]);
  expect(parts.length).toBeGreaterThan(7);
});
