import { type Browser, chromium } from "playwright-core";
import { type View, Visit } from "./visit.ts";

/** Where Chromium is: where `$CHROMIUM` says, else at Debian's place or on PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const said = process.env.CHROMIUM;
  return Bun.which(said || "/usr/bin/chromium") ?? (said ? undefined : Bun.which("chromium")) ?? undefined;
}

/** Nothing of the browser's own goes to the network, and no host but this machine can be reached. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
];

/** For tests: a headless Chromium with an empty profile of its own. */
export class TestBrowser {
  private constructor(private readonly browser: Browser) {}

  static async start(executablePath = findChromium()): Promise<TestBrowser> {
    if (executablePath === undefined) throw new Error("expected Chromium, see findChromium");
    return new TestBrowser(await chromium.launch({ executablePath, args: flags }));
  }

  /** Opens the page as someone does who has never been there, and waits until it is loaded. */
  async visit(url: string, view: Partial<View> = {}): Promise<Visit> {
    return await Visit.begin(this.browser, url, view);
  }

  /** Closes it with all its pages. */
  async stop(): Promise<void> {
    await this.browser.close();
  }
}
