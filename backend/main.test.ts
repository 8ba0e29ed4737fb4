import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zshCompletion } from "../command-line/zsh-completion.ts";
import { version } from "../package.json";
import { program } from "./command-line.ts";

const main = join(import.meta.dir, "main.ts");
type Environment = Record<string, string>;

function spawn(args: readonly string[], env: Environment = {}) {
  return Bun.spawn([process.execPath, main, ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

/** A running backend on a free port, and the line it printed when it was ready. */
async function start(args: readonly string[], env?: Environment) {
  const program = spawn(["--port", "0", ...args], env);
  cleanups.push(() => program.kill("SIGKILL"));
  let line = "";
  for await (const text of program.stdout.pipeThrough(new TextDecoderStream())) {
    line += text;
    if (line.endsWith("\n")) break;
  }
  const origin = /http:[^\s"]+/.exec(line)?.[0];
  if (origin === undefined) throw new Error(`no address in ${JSON.stringify(line)}`);
  return { program, line, origin };
}

async function runToEnd(args: readonly string[], env?: Environment) {
  const program = spawn(args, env);
  const [out, err, exitCode] = await Promise.all([
    program.stdout.text(),
    program.stderr.text(),
    program.exited,
  ]);
  return { out, err, exitCode };
}

describe("backend", () => {
  test("says on one line where it listens, and answers there", async () => {
    const { line, origin } = await start(["--id", "i-7", "--cluster", "cluster2"]);
    expect(line).toMatch(/^backend i-7 listening on http:\/\/127\.0\.0\.1:\d+\n$/);
    expect(await (await fetch(`${origin}/cluster2`)).json()).toEqual({
      message: "Instance number 7 is responding now!",
      instance: "i-7",
      cluster: "cluster2",
    });
  });

  test("says it in JSON with --json", async () => {
    const { program, line, origin } = await start(["--id", "i-7", "--json"]);
    expect(JSON.parse(line)).toEqual({ id: "i-7", url: origin, pid: program.pid });
  });

  test("takes the name in the HTML from NAME", async () => {
    const { origin } = await start(["--id", "i-1"], { NAME: "alice" });
    const response = await fetch(origin, { headers: { accept: "text/html" } });
    expect(await response.text()).toContain("Hello from alice");
  });

  test("takes its id from the EC2 metadata service", async () => {
    const service = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("i-0abc") });
    cleanups.push(() => void service.stop(true));
    const { line } = await start(["--id", "ec2"], {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: service.url.origin,
    });
    expect(line).toStartWith("backend i-0abc listening on ");
  });

  test("finishes open requests after SIGTERM, closes WebSockets, and exits 0", async () => {
    const { program, origin } = await start(["--id", "i-1"]);
    const socket = new WebSocket(`${origin.replace("http", "ws")}/ws`);
    const closed = new Promise<number>((resolve) => {
      socket.onclose = ({ code }) => resolve(code);
    });
    await new Promise((resolve) => {
      socket.onopen = resolve;
    });
    const response = await fetch(`${origin}/sse`);
    program.kill("SIGTERM");
    expect(await closed).toBe(1001);
    expect(await response.text()).toEndWith("event 5 of 5\n\n");
    expect(await program.exited).toBe(0);
    await expect(fetch(origin)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("a second SIGTERM does not wait", async () => {
    const { program, origin } = await start(["--id", "i-1"]);
    const neverEnding = new ReadableStream({ pull: () => new Promise(() => {}) });
    const open = fetch(`${origin}/echo`, { method: "POST", body: neverEnding });
    const cut = Promise.allSettled([open]);
    const inFlight = async () => (await fetch(`${origin}/health`)).headers.get("x-ballast-load");
    while ((await inFlight()) !== "inflight=1");
    program.kill("SIGTERM");
    while (
      await fetch(origin)
        .then(() => true)
        .catch(() => false)
    );
    program.kill("SIGTERM");
    expect(await program.exited).toBe(1);
    await cut;
  });

  test("behaves as a profile file says", async () => {
    const directory = mkdtempSync(join(tmpdir(), "backend-main-"));
    cleanups.push(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "slow.json");
    writeFileSync(path, '{ "workers": 1, "service": { "distribution": "constant", "meanMs": 50 } }');
    const { origin } = await start(["--id", "i-1", "--profile", path, "--seed", "1"]);
    const startedAtMs = performance.now();
    const responses = await Promise.all([1, 2, 3, 4].map(() => fetch(origin)));
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(performance.now() - startedAtMs).toBeGreaterThan(198);
    expect(Number(await (await fetch(`${origin}/load`)).text())).toBeGreaterThan(0);
  });
});

test("completion prints a script, or exits 2", async () => {
  const [script, none] = await Promise.all([runToEnd(["completion", "zsh"]), runToEnd(["completion"])]);
  expect(script).toEqual({ out: zshCompletion(program), err: "", exitCode: 0 });
  expect([none.out, none.exitCode]).toEqual(["", 2]);
  expect(none.err).toStartWith("backend completion: found nothing, expected bash, zsh, fish\n");
});

test("--help and --version exit 0", async () => {
  expect((await runToEnd(["--help"])).out).toContain("Examples:");
  expect(await runToEnd(["--version"])).toEqual({ out: `backend ${version}\n`, err: "", exitCode: 0 });
});

describe("backend that can't start", () => {
  test("bad options exit 2, each fault on a line", async () => {
    const { out, err, exitCode } = await runToEnd(["--port", "http", "--seed", "-"]);
    expect({ out, exitCode }).toEqual({ out: "", exitCode: 2 });
    expect(err).toContain('backend: --port: found "http", expected a whole number from 0 to 65535\n');
    expect(err).toContain("backend: --seed: ");
  });

  test("a bad profile exits 1", async () => {
    const { err, exitCode } = await runToEnd(["--port", "0", "--profile", "t2.mirco"]);
    expect(exitCode).toBe(1);
    expect(err).toStartWith("backend: t2.mirco: expected t2.large, t2.micro or a readable file");
  });

  test("a port that is taken exits 1 and is named", async () => {
    const taken = Bun.serve({ hostname: "127.0.0.1", port: 0, reusePort: true, fetch: () => new Response() });
    cleanups.push(() => void taken.stop(true));
    const { err, exitCode } = await runToEnd(["--port", String(taken.port)]);
    expect(exitCode).toBe(1);
    expect(err).toStartWith(`backend: 127.0.0.1:${taken.port}: expected an address to listen on: `);
  });

  test.each(["http", "echo --protocol tcp", "echo --protocol udp"])(
    "a host that is no address's name exits 1 and is named, as %s",
    async (role) => {
      const { err, exitCode } = await runToEnd(
        `--host no-such-name.invalid --port 0 --role ${role}`.split(" "),
      );
      expect(err).toBe(
        "backend: no-such-name.invalid:0: expected an address to listen on: no address is found for this name\n",
      );
      expect(exitCode).toBe(1);
    },
  );
});
