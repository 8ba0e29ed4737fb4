import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { answerHealth, parseHealthUrl } from "./health-question.ts";

let server: Bun.Server<undefined> | undefined;
afterEach(async () => await server?.stop(true));

function serve(answer: () => Response | Promise<Response>): URL {
  server = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch: answer });
  return server.url;
}

async function ask(url: URL, timeLimitMs?: number) {
  const lines: string[] = [];
  const exitCode = await answerHealth(url, (line) => lines.push(line), timeLimitMs);
  return { exitCode, lines };
}

test.each([200, 204])("status %d is healthy", async (status) => {
  expect(await ask(serve(() => new Response(null, { status })))).toEqual({ exitCode: 0, lines: [] });
});

test.each([302, 404, 503])("status %d is not", async (status) => {
  const url = serve(() => new Response("x", { status, headers: { location: "/elsewhere" } }));
  const lines = [`${url}: found status ${status}, expected 2xx`];
  expect(await ask(url)).toEqual({ exitCode: 1, lines });
});

test("nor is nobody, nor one that never answers", async () => {
  const url = serve(() => new Promise(() => {}));
  const fault = expect.stringMatching(/^http:\S+: found no answer, expected 2xx: \S/);
  expect(await ask(url, 50)).toEqual({ exitCode: 1, lines: [fault] });
  await server?.stop(true);
  expect(await ask(url)).toEqual({ exitCode: 1, lines: [fault] });
});

test.each(["", "127.0.0.1:8000", "/health", "ftp://a/"])("%j is no URL to ask at", (text) => {
  expect(parseHealthUrl(text)).toBeUndefined();
});

describe.each(["balancer", "backend"])("%s --health", (program) => {
  async function run(url: string) {
    const main = join(import.meta.dir, "..", program, "main.ts");
    const child = Bun.spawn([process.execPath, main, "--health", url], { stdio: ["ignore", "pipe", "pipe"] });
    const [stderr, exitCode] = await Promise.all([child.stderr.text(), child.exited]);
    return { exitCode, stderr };
  }

  test("exits 0, 1 or 2", async () => {
    let status = 200;
    const url = serve(() => new Response(null, { status })).href;
    expect(await run(url)).toEqual({ exitCode: 0, stderr: "" });
    status = 503;
    const line = `${program}: ${url}: found status 503, expected 2xx\n`;
    expect(await run(url)).toEqual({ exitCode: 1, stderr: line });
    expect(await run("localhost")).toEqual({
      exitCode: 2,
      stderr: expect.stringContaining(
        '--health: found "localhost", expected a URL such as http://127.0.0.1:',
      ),
    });
  });
});
