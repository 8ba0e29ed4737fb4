/** Reads inputs in a thread of its own, so that one that never ends can be told from one that takes long. */
import { fuzz } from "./fuzz.ts";
import { allReaders } from "./readers/all.ts";
import type { BatchDone, BatchOrder } from "./session.ts";

declare const self: Worker;

self.onmessage = ({ data }: MessageEvent<BatchOrder>) => {
  const { name, seed, from, to, progress } = data;
  const reader = allReaders.find((each) => each.name === name);
  if (reader === undefined) throw new Error(`there is no reader ${name}`);
  const failure = fuzz(reader, seed, from, to, (index) => Atomics.store(progress, 0, index));
  Bun.gc(true);
  const done: BatchDone = { failure, rssBytes: process.memoryUsage.rss() };
  postMessage(done);
};
