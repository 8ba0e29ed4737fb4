import { afterEach, describe, expect, test } from "bun:test";
import { isPrime } from "../prime/is-prime.ts";
import { askForPage } from "./ask-balancer.ts";
import { startFrontend } from "./frontend.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Answer = (n: string, request: Request) => Response | Promise<Response>;
const truly = (n: string) => new Response(isPrime(Number(n)) ? "True" : "False");

function balancer(answer: Answer): URL {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: (request) => answer(new URL(request.url).pathname.slice(1), request),
  });
  cleanups.push(() => server.stop(true));
  return server.url;
}

function frontend(answer: Answer): string {
  const started = startFrontend("127.0.0.1", 0, balancer(answer));
  if (!started.ok) throw new Error(started.faults.join());
  cleanups.push(() => started.value.stop());
  return started.value.origin;
}

interface Cell {
  readonly n: string;
  readonly colour: string;
  readonly label: string;
}

function rowsOf(html: string): Cell[][] {
  return [...html.matchAll(/<tr>(.*?)<\/tr>/g)].map(([, row = ""]) =>
    [...row.matchAll(/<td[^>]* style="background:(#\w+)" aria-label="([^"]*)"[^>]*>(\d+)<\/td>/g)].map(
      ([, colour = "", label = "", n = ""]) => ({ n, colour, label }),
    ),
  );
}

const cellsOf = async (url: string) => rowsOf(await (await fetch(url)).text()).flat();

describe("a page of primes", () => {
  test("has ten rows of ten, in the colours that were asked for", async () => {
    const response = await fetch(`${frontend(truly)}/1990`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const rows = rowsOf(await response.text());
    expect(rows.map((row) => row.length)).toEqual(Array(10).fill(10));
    expect(rows.flat()).toEqual(
      Array.from({ length: 100 }, (_, i) => {
        const prime = isPrime(1990 + i);
        const [colour, word] = prime ? ["#00ff00", "prime"] : ["#ff0000", "not prime"];
        return { n: String(1990 + i), colour, label: `${1990 + i}, ${word}` };
      }),
    );
  });

  test.each([
    ["/", "1"],
    ["/0", "0"],
    ["/007", "7"],
  ])("%s begins at %s", async (path, first) => {
    expect((await cellsOf(frontend(truly) + path))[0]?.n).toBe(first);
  });

  test("asks for all at the same time", async () => {
    const all = Promise.withResolvers<void>();
    let inFlight = 0;
    const origin = frontend(async (n) => {
      if (++inFlight === 100) all.resolve();
      await all.promise;
      return truly(n);
    });
    expect((await cellsOf(origin)).every(({ colour }) => colour !== "#9a9a9a")).toBe(true);
    expect(inFlight).toBe(100);
  });

  test("shows as failed whatever is no answer, with the reason", async () => {
    const answers: Record<string, Response> = {
      "2": new Response("no target", { status: 503 }),
      "3": new Response("<b>Maybe</b>"),
      "5": new Response("True", { status: 500 }),
      "7": new Response("", { status: 302, headers: { location: "/2" } }),
    };
    const cells = await cellsOf(frontend((n) => answers[n] ?? truly(n)));
    const failed = cells.filter(({ colour }) => colour === "#9a9a9a");
    expect(failed.map(({ n, label }) => [n, label])).toEqual([
      ["2", "2, failed: found 503 &quot;no target&quot;, expected 200 True or False"],
      ["3", "3, failed: found 200 &quot;&lt;b&gt;Maybe&lt;/b&gt;&quot;, expected 200 True or False"],
      ["5", "5, failed: found 500 &quot;True&quot;, expected 200 True or False"],
      ["7", "7, failed: found 302 &quot;&quot;, expected 200 True or False"],
    ]);
    expect(cells.find(({ n }) => n === "11")?.colour).toBe("#00ff00");
  });

  test("is all grey when there is nobody to ask", async () => {
    const { hostname, port } = balancer(truly);
    await cleanups.pop()?.();
    const started = startFrontend("127.0.0.1", 0, new URL(`http://${hostname}:${port}`));
    if (!started.ok) throw new Error(started.faults.join());
    cleanups.push(() => started.value.stop());
    const cells = await cellsOf(started.value.origin);
    expect(new Set(cells.map(({ colour }) => colour))).toEqual(new Set(["#9a9a9a"]));
  });

  test("asks for numbers above 2^53-1 digit by digit, and shows that they are refused", async () => {
    const asked: string[] = [];
    const origin = frontend((n) => {
      asked.push(n);
      return BigInt(n) < 2n ** 53n ? truly(n) : new Response(`found ${n}`, { status: 400 });
    });
    const cells = await cellsOf(`${origin}/9007199254740881`);
    expect(asked).toContain("9007199254740980");
    expect(cells[0]).toMatchObject({ n: "9007199254740881", colour: "#00ff00" });
    const html = await (await fetch(`${origin}/9007199254740991`)).text();
    expect(html).toContain("<li>99: found 400 &quot;found &lt;n&gt;&quot;, expected 200 True or False</li>");
    const last = rowsOf(html).flat();
    expect(last.map(({ colour }) => colour)).toEqual(["#ff0000", ...Array(99).fill("#9a9a9a")]);
    expect(last[2]?.n).toBe("9007199254740993");
  });

  test("tells who answered, where the balancer does", async () => {
    const origin = frontend((n) => {
      const id = Number(n) % 4 === 0 ? "<a>" : "b";
      return new Response("False", { headers: { "x-ballast-target": id } });
    });
    expect(await (await fetch(origin)).text()).toContain(": 25 by &lt;a&gt;, 75 by b.");
  });

  test.each([
    ["/foo", "foo"],
    ["/-1", "-1"],
    ["/1.5", "1.5"],
    ["/9007199254740992", "9007199254740992"],
    ["/%3Cb%3E", "<b>"],
    ["/2/3", "2/3"],
    ["/?n=x", "x"],
    ["/?n=", ""],
  ])("%s is 400 with a sentence", async (path, found) => {
    const response = await fetch(frontend(() => new Response("True")) + path);
    expect(response.status).toBe(400);
    const fault = `found ${JSON.stringify(found)}, expected a whole number from 0 to 9007199254740991 (2^53-1).`;
    expect(await response.text()).toContain(`<p>${Bun.escapeHTML(fault)}</p>`);
  });

  test("its form leads to the number's own address", async () => {
    const response = await fetch(`${frontend(truly)}/?n=+017`, { redirect: "manual" });
    expect([response.status, response.headers.get("location")]).toEqual([303, "/17"]);
  });

  test("/health does not ask, and other methods are refused", async () => {
    let asked = 0;
    const origin = frontend(() => new Response(String(++asked)));
    expect(await (await fetch(`${origin}/health`)).text()).toBe("ok");
    expect((await fetch(origin, { method: "POST" })).status).toBe(405);
    expect(asked).toBe(0);
  });
});

describe("asking", () => {
  const never = new AbortController().signal;

  test("once more when a connection breaks, and no more than that", async () => {
    const asked = new Map<string, number>();
    const server = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket, bytes) {
          const n = /^GET \/(\d+) /.exec(bytes.toString())?.[1] ?? "";
          const times = (asked.get(n) ?? 0) + 1;
          asked.set(n, times);
          if (n === "2" || (n === "3" && times === 1)) socket.terminate();
          else socket.end("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nTrue");
        },
      },
    });
    cleanups.push(() => server.stop(true));
    const verdicts = await askForPage(`http://127.0.0.1:${server.port}`, 1, never);
    expect(verdicts.slice(0, 3).map(({ kind }) => kind)).toEqual(["prime", "failed", "prime"]);
    expect([...asked].filter(([, times]) => times > 1)).toEqual([
      ["2", 2],
      ["3", 2],
    ]);
  });

  test("ends in time when nobody answers", async () => {
    const url = balancer((n) => (n === "1" ? new Response("False") : new Promise(() => {})));
    const verdicts = await askForPage(url.origin, 1, never, 200);
    expect(verdicts[0]).toMatchObject({ kind: "composite" });
    expect(verdicts.slice(1)).toEqual(
      Array.from({ length: 99 }, (_, i) => ({
        kind: "failed",
        n: String(i + 2),
        reason: "no answer in time",
      })),
    );
  });

  test("stops when the visitor leaves", async () => {
    const left = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const origin = frontend((_n, request) => {
      begun.resolve();
      request.signal.addEventListener("abort", () => left.resolve());
      return new Promise(() => {});
    });
    const visitor = new AbortController();
    const visit = fetch(origin, { signal: visitor.signal }).catch(() => "left");
    await begun.promise;
    visitor.abort();
    expect(await visit).toBe("left");
    await left.promise;
  });
});
