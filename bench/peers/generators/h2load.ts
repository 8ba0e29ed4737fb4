import type { Load, Sample } from "./load.ts";
import { runTool, wholeSeconds } from "./tool.ts";

export const hasH2load = (): boolean => Bun.which("h2load") !== null;

/** HTTP/2 over TLS by h2load (nghttp2), which accepts every certificate and tells no percentiles. */
export function h2loadStreams(connections: number, streams: number): Load {
  return {
    description: `${connections} connections of HTTP/2 over TLS with ${streams} streams each, by h2load`,
    async run(url, durationMs, signal) {
      const seconds = wholeSeconds(durationMs);
      const options = ["-t1", `-c${connections}`, `-m${streams}`, "-D", String(seconds)];
      const command = ["h2load", ...options, url];
      const printed = await runTool(command, signal);
      const sample = readH2load(printed, seconds * 1000);
      if (sample === undefined) throw new Error(`${command.join(" ")} printed no summary of h2: ${printed}`);
      return sample;
    },
  };
}

/** Undefined when there is no summary, or when another protocol than h2 was spoken. */
export function readH2load(printed: string, wallMs: number): Sample | undefined {
  const requests = /^requests: \d+ total, \d+ started, (\d+) done, \d+ succeeded, (\d+) failed/m.exec(
    printed,
  );
  const statuses = /^status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx$/m.exec(printed);
  if (requests === null || statuses === null || !/^Application protocol: h2$/m.test(printed))
    return undefined;
  const [, done, failed] = requests.map(Number);
  const [, good = 0, ...others] = statuses.map(Number);
  const refused = others.reduce((sum, count) => sum + count, 0);
  // h2load counts a status of 400 or more as failed.
  const unanswered = Math.max(0, (done ?? 0) - good - refused);
  return {
    answered: good + refused,
    bad: refused + Math.max(unanswered, (failed ?? 0) - refused),
    wallMs,
    latency: undefined,
  };
}
