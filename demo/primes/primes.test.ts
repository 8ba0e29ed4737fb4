import { afterAll, beforeAll, expect, test } from "bun:test";
import { describeInBrowser } from "../../browser-testing/describe-in-browser.ts";
import { phone } from "../../browser-testing/visit.ts";
import { type Demo, startForTest } from "../demo.ts";
import { startPrimes } from "./primes.ts";

const grey = "background:#9a9a9a";

test("backends that are killed while pages load leave no cell grey", async () => {
  const demo = await startForTest(startPrimes);
  try {
    let pages = 0;
    let isOver = false;
    const load = async () => {
      while (!isOver) {
        const html = await (await fetch(`${demo.url}/${1000 + pages++}`)).text();
        expect(html.match(/<td /g)).toHaveLength(100);
        expect(html).not.toContain(grey);
      }
    };
    const loaded = async (more: number) => {
      const enough = pages + more;
      while (pages < enough) await Promise.race([Bun.sleep(1), visitors]);
    };
    const visitors = Promise.all([load(), load()]);
    for (const id of ["p-1", "p-3"]) {
      await loaded(10);
      process.kill(demo.programs.find(({ name }) => name === id)?.pid ?? Number.NaN, "SIGKILL");
    }
    await loaded(20);
    isOver = true;
    await visitors;
    expect(await (await fetch(demo.url)).text()).toContain(": 100 by p-2.");
  } finally {
    await demo.stop();
  }
}, 30_000);

describeInBrowser("the prime page", (inBrowser) => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await startForTest(startPrimes);
  });
  afterAll(async () => await demo.stop());

  test("shows a hundred numbers, leads to others, and says what is none", async () => {
    const visit = await inBrowser.browser.visit(demo.url);
    const { page } = visit;
    const colour = (n: number) =>
      page.evaluate<string>(
        `getComputedStyle([...document.querySelectorAll("td")].find((cell) => cell.textContent === "${n}")).backgroundColor`,
      );
    expect(await page.getByRole("row").count()).toBe(10);
    expect(await page.getByRole("cell").count()).toBe(100);
    expect([await colour(97), await colour(98)]).toEqual(["rgb(0, 255, 0)", "rgb(255, 0, 0)"]);
    await page.getByRole("link", { name: "from 101" }).click();
    await page.waitForURL(`${demo.url}/101`);
    await page.getByLabel("begin at").fill("7919");
    await page.getByRole("button", { name: "Show" }).click();
    await page.waitForURL(`${demo.url}/7919`);
    expect(await colour(7919)).toBe("rgb(0, 255, 0)");
    expect(visit.faults).toEqual([]);
    await page.getByLabel("begin at").fill("seven");
    await page.keyboard.press("Enter");
    await page.getByText('found "seven", expected a whole number').waitFor();
    expect(await visit.accessibilityFaults()).toEqual([]);
    await visit.end();
  });

  test.each([
    ["in the light", "/", {}],
    ["in the dark", "/", { colours: "dark" }],
    ["on a phone, with the longest numbers, and some that fail", "/9007199254740950", phone],
  ] as const)("can be read %s", async (_where, path, view) => {
    const visit = await inBrowser.browser.visit(demo.url + path, view);
    expect(await visit.accessibilityFaults()).toEqual([]);
    expect(visit.faults).toEqual([]);
    await visit.end();
  });
});
