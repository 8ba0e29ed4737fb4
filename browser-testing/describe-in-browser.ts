import { afterAll, beforeAll, describe } from "bun:test";
import { findChromium, TestBrowser } from "./browser.ts";

/** For tests: what is open in the browser while the tests of one {@link describeInBrowser} run. */
export interface InBrowser {
  readonly browser: TestBrowser;
}

/**
 * `describe` for tests that need Chromium: one is started for all of them, and ended after the last. Where none is installed they
 * are skipped, and a line says so.
 */
export function describeInBrowser(title: string, tests: (inBrowser: InBrowser) => void): void {
  const executablePath = findChromium();
  if (executablePath === undefined)
    console.warn(
      `skipped: ${title}: found no Chromium at $CHROMIUM, or at /usr/bin/chromium or on PATH where that is not set`,
    );
  describe.skipIf(executablePath === undefined)(title, () => {
    let started: TestBrowser | undefined;
    beforeAll(async () => {
      started = await TestBrowser.start(executablePath);
    });
    afterAll(async () => await started?.stop());
    tests({
      get browser() {
        if (started === undefined) throw new Error("the browser is there once the first test has begun");
        return started;
      },
    });
  });
}
