import { describe, expect, test } from "bun:test";
import { bashCompletion } from "../command-line/bash-completion.ts";
import { version } from "../package.json";
import { program } from "./command-line.ts";
import { BalancerProcess, type Finished } from "./testing/balancer-process.ts";
import type { LogLine } from "./testing/edge-fixture.ts";
import { startHoldingOrigin } from "./testing/holding-origin.ts";
import { RawClient } from "./testing/raw-client.ts";
import { RawOrigin } from "./testing/raw-origin.ts";
import { stopAfterEach } from "./testing/stop-after-each.ts";
import { until } from "./testing/until.ts";

const opened = stopAfterEach();

function configFor(url: string, more: object = {}) {
  return {
    listeners: [
      {
        name: "public",
        protocol: "http",
        listen: "127.0.0.1:0",
        status: "/status",
        routes: [{ group: "g" }],
      },
    ],
    groups: { g: { health: false, targets: [{ id: "t", url }] } },
    ...more,
  };
}

async function run(args: readonly string[], files: Readonly<Record<string, string>> = {}): Promise<Finished> {
  const balancer = BalancerProcess.start(args, files);
  opened(balancer);
  return balancer.exited;
}

describe("the command line", () => {
  test("--version, --help and --schema print what they say", async () => {
    const [shown, help, schema] = await Promise.all([run(["--version"]), run(["--help"]), run(["--schema"])]);
    expect(shown).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: "" });
    expect([help.exitCode, help.stdout.includes("--check")]).toEqual([0, true]);
    expect([schema.exitCode, JSON.parse(schema.stdout)]).toEqual([
      0,
      expect.objectContaining({
        type: "object",
        required: ["listeners", "groups"],
        additionalProperties: false,
      }),
    ]);
  });

  test("that is none ends with 2 and a line that says why", async () => {
    const [unknown, missing] = await Promise.all([run(["--confg", "x"]), run([])]);
    expect([unknown.exitCode, missing.exitCode]).toEqual([2, 2]);
    expect(unknown.stderr).toBe("balancer: Unknown option '--confg'\nbalancer: try balancer --help\n");
    expect(missing.stderr).toBe(
      "balancer: found no --config, expected one such as --config lb.json\nbalancer: try balancer --help\n",
    );
  });

  test("--check says ok with 0, or every fault with 1, and starts nothing", async () => {
    const good = JSON.stringify(configFor("http://127.0.0.1:1"));
    const bad = '{\n  "listeners": 7,\n  "groups": { "g": { "targets": [{ "url": "x", "weigth": 1 }] } }\n}';
    const check = ["--config", "lb.json", "--check"];
    const [ok, faulty, absent] = await Promise.all([
      run(check, { "lb.json": good }),
      run(check, { "lb.json": bad }),
      run(check),
    ]);
    expect(ok).toEqual({ exitCode: 0, stdout: "lb.json: ok\n", stderr: "" });
    expect(faulty.exitCode).toBe(1);
    expect(faulty.stderr.trimEnd().split("\n")).toEqual([
      "lb.json:2:3: listeners: found 7, expected a list",
      expect.stringMatching(/^lb\.json:3:36: groups\.g\.targets\[0\]\.url: found "x", expected http/),
      'lb.json:3:48: groups.g.targets[0].weigth: found an unknown key, expected "weight"',
    ]);
    expect(absent.exitCode).toBe(1);
    expect(absent.stderr).toStartWith("lb.json: found nothing that can be read (ENOENT");
  });

  test("--check --json gives every fault, and where it is", async () => {
    const bad = '{\n  "listeners": 7,\n  "groups": { "g": { "targets": [{ "url": "x", "weigth": 1 }] } }\n}';
    const check = ["--config", "lb.json", "--check", "--json"];
    const [ok, faulty, syntax, absent, alone] = await Promise.all([
      run(check, { "lb.json": JSON.stringify(configFor("http://127.0.0.1:1")) }),
      run(check, { "lb.json": bad }),
      run(check, { "lb.json": "{\n,}" }),
      run(check),
      run(["--config", "lb.json", "--json"]),
    ]);
    expect({ ...ok, stdout: JSON.parse(ok.stdout) }).toEqual({
      exitCode: 0,
      stdout: { file: "lb.json", ok: true, faults: [], more: 0, warnings: [] },
      stderr: "",
    });
    expect([faulty.exitCode, faulty.stderr]).toEqual([1, ""]);
    const [first, , last] = JSON.parse(faulty.stdout).faults;
    const file = "lb.json";
    expect(first).toEqual({
      file,
      line: 2,
      column: 3,
      field: "listeners",
      found: "7",
      expected: "a list",
    });
    expect(last).toMatchObject({ field: "groups.g.targets[0].weigth", expected: '"weight"' });
    expect(JSON.parse(syntax.stdout).faults).toContainEqual({
      file,
      line: 2,
      column: 1,
      found: '",", which is no JSON',
      expected: "a value",
    });
    expect(JSON.parse(absent.stdout)).toMatchObject({ ok: false, faults: [{ file, expected: "a config" }] });
    expect([alone.exitCode, alone.stdout]).toEqual([2, ""]);
  });

  test("completion prints a script, or ends with 2", async () => {
    const [script, help, none] = await Promise.all([
      run(["completion", "bash"]),
      run(["completion", "--help"]),
      run(["completion", "tcsh"]),
    ]);
    expect([script.exitCode, script.stdout]).toEqual([0, bashCompletion(program)]);
    expect([help.exitCode, help.stdout]).toEqual([0, expect.stringContaining("examples:")]);
    expect([none.exitCode, none.stdout]).toEqual([2, ""]);
    expect(none.stderr).toStartWith('balancer completion: found "tcsh", expected bash, zsh, fish\n');
  });

  test("with a port that is taken, or a certificate that is none, ends with 1 and says which", async () => {
    const origin = await RawOrigin.start(() => {});
    opened(origin);
    const listener = { name: "public", protocol: "http", routes: [{ group: "g" }] };
    const configWith = (more: object) =>
      JSON.stringify(configFor(origin.url, { listeners: [{ ...listener, ...more }] }));
    const tls = { cert: "cert.pem", key: "key.pem" };
    const [taken, absent, none] = await Promise.all([
      run(["--config", "lb.json"], { "lb.json": configWith({ listen: `127.0.0.1:${origin.port}` }) }),
      run(["--config", "lb.json"], { "lb.json": configWith({ listen: "127.0.0.1:0", tls }) }),
      run(["--config", "lb.json"], {
        "lb.json": configWith({ listen: "127.0.0.1:0", tls }),
        "cert.pem": "x",
      }),
    ]);
    expect([taken.exitCode, absent.exitCode, none.exitCode]).toEqual([1, 1, 1]);
    expect(taken.stderr).toStartWith(`balancer: listener public: can't listen on 127.0.0.1:${origin.port}: `);
    expect(absent.stderr).toStartWith("balancer: cert.pem: found nothing that can be read (ENOENT");
    expect(none.stderr).toStartWith("balancer: cert.pem: found no PEM block, expected a PEM file");
  });
});

test("where it fails to start with a port open already, it ends all the same", async () => {
  const config = {
    listeners: [{ name: "a", protocol: "http", listen: "127.0.0.1:0", routes: [{ group: "g" }] }],
    groups: { g: { targets: [{ url: "http://127.0.0.1:1" }] } },
  };
  // As where there is too little memory for it; the system's calls are looked for once the port is open.
  const balancer = BalancerProcess.start(
    ["--config", "lb.json"],
    { "lb.json": JSON.stringify(config) },
    undefined,
    { BUN_JSC_useJIT: "0" },
  );
  const { exitCode, stderr } = await balancer.exited;
  expect(stderr).toMatch(/^balancer: listener a: can't listen on 127\.0\.0\.1:0: .*JIT/m);
  expect(exitCode).toBe(1);
  await balancer.stop();
});

describe("the end", () => {
  async function start(more: object = {}) {
    const { origin, held } = opened(await startHoldingOrigin());
    const { balancer, port } = await BalancerProcess.serve(configFor(origin.url, more));
    opened(balancer);
    const client = await RawClient.connect(port);
    client.request("GET", "/held");
    const release = await until("the request is at the target", () => held[0]);
    const isRefusing = () =>
      RawClient.connect(port).then(
        (other) => other.socket.destroy() && false,
        () => true,
      );
    return { balancer, port, client, release, isRefusing };
  }

  test("waits for what is open, takes nothing new, and is 0", async () => {
    const { balancer, client, release, isRefusing } = await start();
    balancer.signal("SIGTERM");
    await until("new connections are refused", isRefusing);
    release();
    expect((await client.answer()).status).toBe(200);
    expect((await balancer.exited).exitCode).toBe(0);
  });

  test("comes at once at the second signal", async () => {
    const { balancer, client, isRefusing } = await start();
    balancer.signal("SIGINT");
    await until("new connections are refused", isRefusing);
    balancer.signal("SIGTERM");
    expect((await balancer.exited).exitCode).toBe(0);
    await client.closed();
  });

  test("does not wait longer than drainTimeout", async () => {
    const { balancer, client } = await start({ drainTimeout: "50ms" });
    balancer.signal("SIGTERM");
    expect((await balancer.exited).exitCode).toBe(0);
    await client.closed();
    expect(balancer.stderr).toContain("not drained within 50 ms: cutting off what is open\n");
  });

  test("comes with idle clients connected", async () => {
    const { balancer, client, release } = await start();
    release();
    await client.answer();
    balancer.signal("SIGTERM");
    expect((await balancer.exited).exitCode).toBe(0);
  });

  test("leaves no line of the access log out", async () => {
    const { balancer, port, client, release } = await start({ accessLog: "stdout" });
    const count = 1000;
    const other = await RawClient.connect(port);
    for (let i = 0; i < count; i++) await other.ask("GET", `/${i}`);
    release();
    await client.answer();
    balancer.signal("SIGTERM");
    const { stdout } = await balancer.exited;
    const [listener, ...lines] = stdout.trimEnd().split("\n");
    expect(listener).toBe(`listener public on http://127.0.0.1:${port}`);
    const paths = lines.map((line) => (JSON.parse(line) as LogLine).path);
    expect(paths).toEqual([...Array.from({ length: count }, (_, index) => `/${index}`), "/held"]);
  });
});
