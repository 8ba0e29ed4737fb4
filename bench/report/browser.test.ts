import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describeInBrowser } from "../../browser-testing/describe-in-browser.ts";
import { phone, type View, type Visit } from "../../browser-testing/visit.ts";
import { faultsDocument } from "../faults/table.ts";
import { full as everyPeer } from "../peers/report.fixture.ts";
import { writePeersReport } from "../peers/write.ts";
import { renderSimulation } from "../sim/report.ts";
import { steadyDocument } from "../steady/page.ts";
import { renderHtml } from "./html-page.ts";
import { sampleReport, withEverySection } from "./report.fixture.ts";
import { writeReport } from "./write.ts";

const dark: Partial<View> = { colours: "dark" };

/** The pages, how many charts each has, and how it is looked at. */
const looks: readonly (readonly [file: string, charts: number, how: string, view: Partial<View>])[] = [
  ["minimal/index.html", 5, "in the light", {}],
  ["full/index.html", 7, "in the light", {}],
  ["full/index.html", 7, "in the dark", dark],
  ["full/index.html", 7, "on a phone", phone],
  ["peers.html", 6, "on a phone", phone],
  ["faults.html", 1, "on a phone", phone],
  ["steady.html", 2, "on a phone in the dark", { ...phone, ...dark }],
  ["simulation.html", 2, "in the light", {}],
];

describeInBrowser("a page of the benchmark, opened from its file", (inBrowser) => {
  let directory: string;
  const open = (file: string, view: Partial<View>): Promise<Visit> =>
    inBrowser.browser.visit(pathToFileURL(join(directory, file)).href, view);

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "ballast-pages-"));
    const minimal = await sampleReport();
    await writeReport(join(directory, "minimal"), minimal);
    await writeReport(join(directory, "full"), withEverySection(minimal), minimal);
    await writePeersReport(directory, everyPeer);
    await Bun.write(join(directory, "faults.html"), renderHtml(faults()));
    await Bun.write(join(directory, "steady.html"), renderHtml(steady()));
    await Bun.write(join(directory, "simulation.html"), simulation());
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test.each(looks)("%s can be read, with its %d charts, %s", async (file, charts, _how, view) => {
    const visit = await open(file, view);
    expect(await visit.accessibilityFaults()).toEqual([]);
    const drawn = visit.page.locator("figure [role=img]:visible");
    expect(await drawn.count()).toBe(charts);
    for (const chart of await drawn.all()) {
      const { width = 0, height = 0 } = (await chart.boundingBox()) ?? {};
      expect(Math.min(width, height)).toBeGreaterThan(200);
      expect(await chart.locator("path").count()).toBeGreaterThan(3);
    }
    expect(visit.faults).toEqual([]);
    await visit.end();
  });

  test.each([
    ["peers.html", "CPU per request"],
    ["minimal/index.html", "p99.9 ms"],
  ])("the first table of %s is seen without scrolling", async (file, part) => {
    const visit = await open(file, {});
    const table = visit.page.locator(".scroll").first();
    expect(await table.textContent()).toContain(part);
    expect(await table.evaluate((element) => element.scrollWidth - element.clientWidth)).toBe(0);
    await visit.end();
  });

  test("what is wider than a phone is reached and read by keyboard", async () => {
    const visit = await open("full/index.html", phone);
    const { page } = visit;
    const scrolled: string[] = [];
    for (;;) {
      await page.keyboard.press("Tab");
      const name = await page.evaluate<string | null>("document.activeElement.getAttribute('aria-label')");
      if (name === null) break;
      const box = page.locator(":focus");
      if (!(await box.evaluate((element) => element.scrollWidth > element.clientWidth))) continue;
      await page.keyboard.press("ArrowRight");
      await page.waitForFunction("document.activeElement.scrollLeft > 0");
      scrolled.push(name);
    }
    expect(scrolled).toContain("Latency, ms");
    const wide = await page
      .locator("div")
      .evaluateAll((all) => all.filter((each) => each.scrollWidth > each.clientWidth).length);
    expect(scrolled).toHaveLength(wide);
    await visit.end();
  });
});

function faults() {
  const figures = { requests: 100, lost: 3, p50Us: 1000, p99Us: 5000, maxUs: 9000, share: 0.1 };
  const row = (fault: string) => ({ fault, figures: { Ballast: figures, nginx: figures, HAProxy: figures } });
  const names = ["killed", "stopped", "slow", "fails 30 %", "fails all fast", "resets", "never answers"];
  return faultsDocument(names.map(row), { ratePerSecond: 300, phaseMs: 5000, seed: 1 });
}

function steady() {
  const samples = Array.from({ length: 10 }, (_, index) => ({
    atSeconds: 10 * (index + 1),
    residentMegabytes: 90,
    openFiles: 20,
    cpuUsPerRequest: 20,
    p50Us: 300,
    p99Us: 900,
    generatorLateUs: 200,
    foreignUtilization: 0,
    failed: 0,
  }));
  const capacity = { balancer: 2000, generator: 1000 };
  return steadyDocument({ capacity, ratePerSecond: 700, cpuShare: 0.4, samples }, []);
}

function simulation() {
  const figures = { requests: 1000, failures: 0, p50Ms: 5, p99Ms: 60, p999Ms: 90 };
  const policies = [
    { policy: "clairvoyant", ...figures },
    { policy: "ewma", ...figures },
  ] as const;
  const timeline = [0, 2000, 4000].map((fromMs) => ({ fromMs, p99Ms: 60 }));
  return renderSimulation([
    { name: "strong-85", title: "Unlike servers", seed: 1, policies },
    {
      name: "dies",
      title: "A server dies",
      seed: 1,
      policies: policies.map((each) => ({ ...each, timeline })),
    },
  ]);
}
