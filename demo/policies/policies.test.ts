import { afterAll, beforeAll, expect, test } from "bun:test";
import type { StatusDocument } from "../../balancer/observe/status.ts";
import { until } from "../../balancer/testing/until.ts";
import { describeInBrowser } from "../../browser-testing/describe-in-browser.ts";
import { phone, type Visit } from "../../browser-testing/visit.ts";
import { type Demo, startForTest } from "../demo.ts";
import { startPolicies } from "./policies.ts";

let demo: Demo;
beforeAll(async () => {
  demo = await startForTest(startPolicies);
}, 30_000);
afterAll(async () => await demo.stop());

const pageOf = async (path: string) => await (await fetch(`${demo.url}/${path}`)).text();
const chosenOn = (html: string) => /<strong id="chosen">(.*?)<\/strong>/.exec(html)?.[1];

test("round robin goes A B A B", async () => {
  const chosen: unknown[] = [];
  for (let i = 0; i < 6; i++) chosen.push(chosenOn(await pageOf("round-robin")));
  expect(chosen).toEqual(["A", "B", "A", "B", "A", "B"]);
});

test("visitors at the same time make one sequence", async () => {
  const pages = await Promise.all(Array.from({ length: 8 }, () => pageOf("weighted-round-robin")));
  expect(pages.map(chosenOn).sort().join(" ")).toBe("A A A B B B B B");
  const shown = [...(pages.at(-1) ?? "").matchAll(/<li><span class="server[^>]*>(.)</g)].map(([, id]) => id);
  expect(shown.join(" ")).toBe("A A A B B B B B");
});

test("what it does not have is 404, and what it can't keep busy 400", async () => {
  const response = await fetch(`${demo.url}/<b>`);
  expect(response.status).toBe(404);
  expect(await response.text()).toContain("Found /%3Cb%3E, expected / or one of /round-robin, ");
  const busy = (body: string) => fetch(`${demo.url}/busy`, { method: "POST", body, redirect: "manual" });
  expect((await busy("server=C&page=least-load")).status).toBe(400);
  expect((await busy("server=A&page=//elsewhere.test")).status).toBe(400);
});

describeInBrowser("the policy pages", (inBrowser) => {
  const choicesOn = async ({ page }: Visit) =>
    (await page.locator(".history li").allTextContents()).join(" ");

  /** Sends one more request, which is this page's `number`th. */
  const sendNext = async ({ page }: Visit, number: number) => {
    await page.getByRole("link", { name: "Next request" }).click();
    await page.getByText(`for request ${number};`).waitFor();
  };

  test("the start page leads to each result, and A A A B B B B B can be seen", async () => {
    const visit = await inBrowser.browser.visit(demo.url);
    const { page } = visit;
    await page.getByRole("link", { name: "Weighted round robin" }).click();
    // The test before has gone once around.
    await page.getByText("for request 9;").waitFor();
    for (let number = 10; number <= 16; number++) await sendNext(visit, number);
    expect(await choicesOn(visit)).toBe(Array(2).fill("A A A B B B B B").join(" "));
    const answer = page.frameLocator("iframe");
    expect(await answer.getByRole("heading").textContent()).toBe("Hello from B");
    expect(await page.locator("#chosen").textContent()).toBe("B");
    expect(await page.getByRole("columnheader").allTextContents()).toEqual([
      "server",
      "load",
      "weight",
      "state",
    ]);
    await page.getByRole("link", { name: "Three policies" }).click();
    for (const name of ["Round robin", "Least load"]) {
      await page.getByRole("link", { name, exact: true }).click();
      expect(await page.locator("#chosen").textContent()).toMatch(/^[AB]$/);
      await page.goBack();
    }
    expect(visit.faults).toEqual([]);
    await visit.end();
  });

  test("least load goes by the scores that it shows, and they rise with the load", async () => {
    const visit = await inBrowser.browser.visit(`${demo.url}/least-load`);
    const { page } = visit;
    const cells = async (server: string) =>
      await page.getByRole("row", { name: server }).getByRole("cell").allTextContents();
    await page.getByRole("button", { name: "Keep A busy" }).click();
    await page.getByRole("button", { name: /A is kept busy for \d+ s more/ }).waitFor();
    const balancer = demo.programs.find(({ name }) => name === "least-load")?.url;
    await until("the balancer hears of it", async () => {
      const status = (await (await fetch(`${balancer}/status`)).json()) as StatusDocument;
      return (status.groups.demo?.targets.find(({ id }) => id === "A")?.load ?? 0) > 50;
    });
    let number = Number(/for request (\d+);/.exec(await page.content())?.[1]);
    for (let i = 0; i < 6; i++) {
      await sendNext(visit, ++number);
      const [[loadOfA = "", scoreOfA], [loadOfB = "", scoreOfB]] = [await cells("A"), await cells("B")];
      // A report that came in between has changed the scores.
      if (`${loadOfA}${loadOfB}`.includes(" or ")) continue;
      expect(Number.parseFloat(loadOfA)).toBeGreaterThan(50);
      expect(Number.parseFloat(loadOfB)).toBeLessThan(Number.parseFloat(loadOfA));
      const lower = Number(scoreOfA) < Number(scoreOfB) ? "A" : "B";
      expect(await page.locator("#chosen").textContent()).toBe(lower);
      if (i === 0) expect(lower).toBe("B");
    }
    expect(visit.faults).toEqual([]);
    await visit.end();
  });

  test.each([
    ["the start page in the light", "/", {}],
    ["the start page on a phone in the dark", "/", { ...phone, colours: "dark" }],
    ["a result in the light", "/least-load", {}],
    ["a result in the dark", "/weighted-round-robin", { colours: "dark" }],
    ["a result on a phone", "/least-load", phone],
  ] as const)("%s can be read", async (_what, path, view) => {
    const visit = await inBrowser.browser.visit(demo.url + path, view);
    expect(await visit.accessibilityFaults()).toEqual([]);
    expect(visit.faults).toEqual([]);
    await visit.end();
  });
});
