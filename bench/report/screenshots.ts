import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { TestBrowser } from "../../browser-testing/browser.ts";
import { phone, type View, type Visit } from "../../browser-testing/visit.ts";

/** Takes the pictures of a report that the documentation shows, into `directory`; `file`: its `index.html`. */
export async function pictureReport(browser: TestBrowser, file: string, directory: string): Promise<void> {
  const look = async (view: Partial<View>, take: (visit: Visit) => Promise<void>) => {
    const visit = await browser.visit(pathToFileURL(file).href, view);
    await take(visit);
    await visit.end();
  };
  const to = (name: string) => join(directory, `${name}.png`);
  await look({ widthPx: 980 }, async (visit) => {
    await visit.screenshot(to("report"), await endOf(visit, "Beside other balancers"));
    await sectionOf(visit, "Latency against load").screenshot({ path: to("report-load") });
  });
  await look({ ...phone, colours: "dark" }, async (visit) => {
    await visit.screenshot(to("report-phone"), await endOf(visit, "Beside other balancers"));
  });
}

function sectionOf({ page }: Visit, heading: string) {
  return page.locator("section").filter({ has: page.getByRole("heading", { name: heading, exact: true }) });
}

/** In px from the page's top, where the visit is. */
async function endOf(visit: Visit, heading: string): Promise<number> {
  const box = await sectionOf(visit, heading).boundingBox();
  if (box === null) throw new Error(`expected a section "${heading}" in the report`);
  return Math.ceil(box.y + box.height);
}
