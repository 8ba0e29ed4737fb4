import type { Browser, BrowserContext, Page } from "playwright-core";
import { accessibilityFaults } from "./accessibility.ts";

/** How a visitor looks at a page. */
export interface View {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly colours: "light" | "dark";
}

const desktop: View = { widthPx: 1100, heightPx: 800, colours: "light" };
export const phone: View = { widthPx: 390, heightPx: 844, colours: "light" };

/** One look at a site, with all that went wrong in it. */
export class Visit {
  private readonly heard: string[] = [];

  private constructor(
    /** To be driven. */
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {}

  /** For {@link TestBrowser.visit}. */
  static async begin(browser: Browser, url: string, view: Partial<View>): Promise<Visit> {
    const { widthPx, heightPx, colours } = { ...desktop, ...view };
    const context = await browser.newContext({
      viewport: { width: widthPx, height: heightPx },
      colorScheme: colours,
      reducedMotion: "reduce",
    });
    const visit = new Visit(await context.newPage(), context);
    visit.listen(new URL(url).hostname);
    await visit.page.goto(url);
    return visit;
  }

  /**
   * What went wrong so far, a line each: errors and warnings on the console, uncaught exceptions, requests that failed or went
   * to another host than the first page's.
   */
  get faults(): readonly string[] {
    return this.heard;
  }

  /** What an accessibility scan of the page as it is now finds, and whether it can be read without scrolling sideways. */
  async accessibilityFaults(): Promise<readonly string[]> {
    const found = await accessibilityFaults(this.page);
    const excessPx = await this.page.evaluate<number>(
      "document.documentElement.scrollWidth - document.documentElement.clientWidth",
    );
    return excessPx > 0 ? [...found, `the page is ${excessPx} px wider than the window`] : found;
  }

  /** Writes a PNG of the page down to `heightPx`, in a window as high as that: frames outside the window are not painted. */
  async screenshot(path: string, heightPx?: number): Promise<void> {
    const height = heightPx ?? (await this.page.evaluate<number>("document.documentElement.scrollHeight"));
    const width = this.page.viewportSize()?.width ?? desktop.widthPx;
    await this.page.setViewportSize({ width, height });
    await this.page.evaluate(
      "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))",
    );
    await this.page.screenshot({ path });
  }

  async end(): Promise<void> {
    await this.context.close();
  }

  private listen(ownHost: string): void {
    const { context, page, heard } = this;
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning")
        heard.push(`console ${message.type()}: ${message.text()} (${message.location().url})`);
    });
    page.on("pageerror", (error) => void heard.push(`uncaught: ${error.message}`));
    page.on("websocket", (socket) => this.checkHost(socket.url(), ownHost));
    context.on("request", (request) => this.checkHost(request.url(), ownHost));
    context.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText;
      // A page that is left, or a stream that is closed, cuts its requests off.
      if (reason !== "net::ERR_ABORTED") heard.push(`request failed: ${request.url()}: ${reason}`);
    });
  }

  private checkHost(url: string, ownHost: string): void {
    const { protocol, hostname } = new URL(url);
    if (/^(https?|wss?):$/.test(protocol) && hostname !== ownHost)
      this.heard.push(`request to another host: ${url}`);
  }
}
