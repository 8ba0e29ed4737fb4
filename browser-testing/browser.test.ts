import { afterEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../balancer/testing/until.ts";
import { describeInBrowser } from "./describe-in-browser.ts";
import { phone } from "./visit.ts";

let server: Bun.Server<undefined> | undefined;
afterEach(async () => await server?.stop(true));

function serve(body: string, head = ""): string {
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ url }) => {
      if (new URL(url).pathname !== "/") return new Response("", { status: 404 });
      const html = `<!doctype html><html lang="en"><head><title>t</title><link rel="icon" href="data:,">${head}</head><body>${body}</body></html>`;
      return new Response(html, { headers: { "content-type": "text/html" } });
    },
  });
  return server.url.href;
}

describeInBrowser("a visit", (inBrowser) => {
  test("finds nothing wrong with a sound page", async () => {
    const visit = await inBrowser.browser.visit(serve("<main><h1>Sound</h1></main>"));
    expect(await visit.page.title()).toBe("t");
    expect(visit.faults).toEqual([]);
    expect(await visit.accessibilityFaults()).toEqual([]);
    await visit.end();
  });

  test("hears of errors, of files that are missing, and of other hosts", async () => {
    const scripts = [
      'console.error("spoken")',
      'setTimeout(() => { throw new Error("thrown") })',
      'fetch("http://elsewhere.test/x").catch(() => {})',
    ];
    const url = serve(`<img src="/gone.png" alt="">${scripts.map((s) => `<script>${s}</script>`).join("")}`);
    const visit = await inBrowser.browser.visit(url);
    for (const fault of [
      "console error: spoken",
      "uncaught: thrown",
      `404 (Not Found) (${url}gone.png)`,
      "request to another host: http://elsewhere.test/x",
      "request failed: http://elsewhere.test/x: net::ERR_NAME_NOT_RESOLVED",
    ])
      await until(fault, () => visit.faults.some((each) => each.includes(fault)));
    await visit.end();
  });

  test("hears of what can't be read", async () => {
    const faint = '<main><h1 style="color:#eee;background:#fff">Faint</h1><img src="data:,"></main>';
    const visit = await inBrowser.browser.visit(serve(`${faint}<div style="width:500px">wide</div>`), phone);
    const faults = (await visit.accessibilityFaults()).join("\n");
    expect(faults).toContain("color-contrast: ");
    expect(faults).toContain("image-alt: ");
    expect(faults).toContain("px wider than the window");
    await visit.end();
  });

  test("looks in the colours asked for, and takes pictures", async () => {
    const url = serve(
      "<main><h1>Sound</h1></main>",
      "<style>@media (prefers-color-scheme: dark) { h1 { color: rgb(1, 2, 3) } }</style>",
    );
    const visit = await inBrowser.browser.visit(url, { colours: "dark" });
    expect(await visit.page.evaluate<string>("getComputedStyle(document.querySelector('h1')).color")).toBe(
      "rgb(1, 2, 3)",
    );
    const directory = mkdtempSync(join(tmpdir(), "ballast-visit-"));
    await visit.screenshot(join(directory, "page.png"));
    expect(existsSync(join(directory, "page.png"))).toBe(true);
    rmSync(directory, { recursive: true });
    await visit.end();
  });
});
