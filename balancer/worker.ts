import { serveAsWorker } from "./workers/serve-as-worker.ts";

/** The program of a worker thread; the main thread starts it. */
declare const self: Worker;

serveAsWorker({
  post: (message) => self.postMessage(message),
  onMessage: (take) => self.addEventListener("message", ({ data }: MessageEvent) => take(data)),
});
