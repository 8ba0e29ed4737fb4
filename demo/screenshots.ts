import { join } from "node:path";
import type { TestBrowser } from "../browser-testing/browser.ts";
import { phone, type View } from "../browser-testing/visit.ts";
import { type Demo, startForTest } from "./demo.ts";
import { startPolicies } from "./policies/policies.ts";
import { startPrimes } from "./primes/primes.ts";

/** Takes the pictures of the demos that the documentation shows, into `directory`. */
export async function pictureDemos(browser: TestBrowser, directory: string): Promise<void> {
  const take = async (demo: Demo, path: string, name: string, view: Partial<View> = {}) => {
    const visit = await browser.visit(demo.url + path, { heightPx: 400, ...view });
    await visit.screenshot(join(directory, `${name}.png`));
    await visit.end();
  };
  const primes = await startForTest(startPrimes);
  await take(primes, "/", "primes");
  await primes.stop();

  const policies = await startForTest(startPolicies);
  for (let request = 0; request < 18; request++) await fetch(`${policies.url}/weighted-round-robin`);
  await take(policies, "/weighted-round-robin", "policies-weighted");
  await fetch(`${policies.url}/busy`, { method: "POST", body: "server=A&page=least-load" });
  // Until A has been asked for its load once it is busy.
  await Bun.sleep(2500);
  for (let request = 0; request < 6; request++) await fetch(`${policies.url}/least-load`);
  await take(policies, "/least-load", "policies-least-load", { ...phone, colours: "dark" });
  await policies.stop();
}
