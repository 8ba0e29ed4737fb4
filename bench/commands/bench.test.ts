import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { reportSchema } from "../report/report.ts";

const bench = join(import.meta.dir, "..");
let scratch = "";
let url = "";
let server: Bun.Server<undefined>;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "ballast-bench-"));
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch(request) {
      const cluster = new URL(request.url).pathname.slice(1);
      return cluster === "missing"
        ? new Response("no", { status: 404 })
        : Response.json({ instance: `${cluster}-a`, cluster });
    },
  });
  url = server.url.href;
});

afterAll(async () => {
  await server.stop(true);
  await rm(scratch, { recursive: true });
});

/** Runs the command line as a user does. */
async function run(...args: string[]) {
  const child = Bun.spawn([process.execPath, join(bench, "main.ts"), ...args], {
    cwd: scratch,
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { exitCode: await child.exited, out, err };
}

/** Runs `bun run lab` with the fixture's programs instead of the compiled ones. */
function spawnLab(fault: string | undefined, ...args: string[]) {
  const fixture = join(bench, "lab", "lab.fixture.ts");
  const program = (role: string) => [process.execPath, fixture, role];
  const programs = {
    backend: program("backend"),
    balancer: [...program("balancer"), ...(fault === undefined ? [] : ["--fault", fault])],
  };
  const script = `import { runBench } from ${JSON.stringify(join(bench, "commands", "bench.ts"))};
    process.exit(await runBench(${JSON.stringify(args)}, "lab", ${JSON.stringify(programs)}));`;
  return Bun.spawn([process.execPath, "-e", script], { cwd: scratch, stdout: "pipe", stderr: "pipe" });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("bench --url", () => {
  test("prints a table, writes the report and exits 0", async () => {
    const result = await run("--url", url, "--requests", "50", "--concurrency", "10", "--out", "first");
    expect(result).toMatchObject({ exitCode: 0, err: "" });
    expect(result.out).toContain("/cluster1: 50 answered, 0 failed");
    expect(result.out).toMatch(/cluster2 +50 +0 /);
    const report = reportSchema.parse(await Bun.file(join(scratch, "first", "report.json")).json());
    expect(report.runs.map(({ cluster, result: { requests } }) => [cluster, requests])).toEqual([
      ["cluster1", 50],
      ["cluster2", 50],
    ]);
  });

  test("--json leaves standard output to the report; --baseline shows the difference", async () => {
    await run("--url", url, "--requests", "20", "--concurrency", "5", "--out", "before");
    const args = ["--json", "--baseline", "before/report.json", "--out", "after"];
    const result = await run("--url", url, "--requests", "20", "--concurrency", "5", ...args);
    expect(reportSchema.safeParse(JSON.parse(result.out)).success).toBe(true);
    expect(result.err).toContain("against the baseline of");
  });

  test("an open loop runs at its rate", async () => {
    const result = await run("--url", url, "--rate", "200", "--duration", "250ms", "--json", "--out", "open");
    const report = reportSchema.parse(JSON.parse(result.out));
    // Of a Poisson variable of mean 50 no seed in a lifetime is outside of this.
    for (const { result: measured } of report.runs) {
      expect(measured.requests).toBeGreaterThan(15);
      expect(measured.requests).toBeLessThan(100);
    }
  });

  test("another system has the same load, and both have growing ones", async () => {
    const load = ["--requests", "20", "--concurrency", "5", "--sweep", "40,80", "--sweep-duration", "250ms"];
    const result = await run("--url", url, ...load, "--beside", `alb=${url}`, "--json", "--out", "beside");
    const { steps, others, command } = reportSchema.parse(JSON.parse(result.out));
    expect(command).toStartWith("bun run bench --url");
    expect(others).toMatchObject([{ name: "alb", runs: [{ cluster: "cluster1" }, { cluster: "cluster2" }] }]);
    for (const each of [steps, others[0]?.steps ?? []]) {
      expect(each.map(({ cluster, ratePerSecond }) => [cluster, ratePerSecond])).toEqual([
        ["cluster1", 40],
        ["cluster1", 80],
        ["cluster2", 40],
        ["cluster2", 80],
      ]);
    }
    expect(result.err).toContain("alb /cluster2 at 80/s: ");
  });

  test("exits 1 when requests failed", async () => {
    const result = await run("--url", url, "--clusters", "/missing", "--requests", "5", "--out", "failed");
    expect(result).toMatchObject({ exitCode: 1, out: expect.stringContaining("5 of 5 failed (404 5)") });
  });
});

describe("usage", () => {
  test.each(["--help", "lab --help"])("%s shows examples", async (args) => {
    const result = await run(...args.split(" "));
    expect(result).toMatchObject({ exitCode: 0, out: expect.stringContaining("Examples:") });
  });

  test("exits 2 for what it does not know", async () => {
    expect(await run("dance")).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('found command "dance"'),
    });
    expect(await run("--speed")).toMatchObject({ exitCode: 2, err: expect.stringContaining("--speed") });
  });

  test("a baseline that cannot be read is told before anything starts", async () => {
    const result = await run("--baseline", "nothing.json");
    expect(result).toMatchObject({ exitCode: 1, out: "", err: expect.stringContaining("nothing.json") });
  });
});

describe("lab", () => {
  test("starts, measures both clusters, stops, and exits 0", async () => {
    const child = spawnLab(undefined, "--requests", "90", "--concurrency", "30", "--out", "lab");
    const out = await child.stdout.text();
    expect(await child.exited).toBe(0);
    expect(out).toContain("all targets healthy");
    expect(out).toContain("cluster2: i-5 20.0 %  i-6 20.0 %");
    const report = reportSchema.parse(await Bun.file(join(scratch, "lab", "report.json")).json());
    expect(report.subject).toMatchObject({ kind: "lab", policy: "ewma" });
    expect(await fetch(report.subject.url).catch(() => "gone")).toBe("gone");
  });

  test("exits 1 when a cluster answers for another", async () => {
    const child = spawnLab("mixed", "--requests", "90", "--concurrency", "30", "--out", "mixed");
    expect(await child.stdout.text()).toContain("× unexpected cluster");
    expect(await child.exited).toBe(1);
  });

  test("--keep stays until SIGINT, and leaves no process", async () => {
    const child = spawnLab(undefined, "--keep", "--requests", "10", "--out", "kept");
    let out = "";
    for await (const bytes of child.stdout) {
      out += new TextDecoder().decode(bytes);
      if (out.includes("Ctrl-C stops it")) break;
    }
    const children = Bun.spawnSync(["ps", "-o", "pid=", "--ppid", String(child.pid)]).stdout.toString();
    const pids = children.split("\n").filter(Boolean).map(Number);
    expect(pids).toHaveLength(10);
    expect(out).toMatch(/i-9 +http:\/\/127\.0\.0\.1:\d+ +cluster2, t2\.micro/);
    child.kill("SIGINT");
    expect(await child.exited).toBe(0);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("an interrupt during the measurement stops everything and exits 130", async () => {
    const child = spawnLab(undefined, "--rate", "50", "--duration", "5m", "--out", "interrupted");
    for await (const bytes of child.stdout) {
      if (new TextDecoder().decode(bytes).includes("all targets healthy")) break;
    }
    const children = Bun.spawnSync(["ps", "-o", "pid=", "--ppid", String(child.pid)]).stdout.toString();
    child.kill("SIGTERM");
    expect(await child.exited).toBe(130);
    expect(children.split("\n").filter(Boolean).map(Number).filter(isAlive)).toEqual([]);
    expect(await Bun.file(join(scratch, "interrupted", "report.json")).exists()).toBe(false);
  });
});
