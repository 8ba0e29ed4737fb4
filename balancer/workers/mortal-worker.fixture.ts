import { serveAsWorker } from "./serve-as-worker.ts";

/** For tests: a worker that can be made to die, as no worker of the product can. */
declare const self: Worker;

export interface Death {
  /** Number of the worker. */
  readonly thread: number;
  /** By an error that nobody catches, or by leaving. */
  readonly how: "throw" | "exit";
}

/** Where deaths are asked for. */
export const deathChannel = "ballast-test-death";

if (!Bun.isMainThread) {
  let thread = 0;
  serveAsWorker({
    post: (message) => self.postMessage(message),
    onMessage: (take) =>
      self.addEventListener("message", ({ data }: MessageEvent) => {
        if (data.kind === "serve") thread = data.setup.thread;
        take(data);
      }),
  });
  new BroadcastChannel(deathChannel).addEventListener("message", (event) => {
    const death: Death = (event as MessageEvent).data;
    if (death.thread !== thread) return;
    if (death.how === "exit") process.exit(3);
    setTimeout(() => {
      throw new Error("asked to die");
    }, 0);
  });
}
