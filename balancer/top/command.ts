import { parseArgs } from "node:util";
import { parseDurationMs } from "../config/duration.ts";
import { options, topHelp } from "./options.ts";
import { type Look, look, ratesBetween, type Snapshot } from "./snapshot.ts";
import { topTable } from "./table.ts";

interface TopOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly intervalMs: number;
}

/** `balancer top`: resolves to the exit code. */
export async function runTop(args: readonly string[]): Promise<number> {
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
  try {
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    return usageFault((error as Error).message);
  }
  if (values.help) {
    process.stdout.write(topHelp);
    return 0;
  }
  const intervalMs = parseDurationMs(values.interval);
  if (intervalMs === undefined || intervalMs < 50)
    return usageFault(
      `--interval: found ${JSON.stringify(values.interval)}, expected a duration from 50ms on`,
    );
  const url = statusUrl(values.url);
  if (url === undefined)
    return usageFault(`--url: found ${JSON.stringify(values.url)}, expected an http:// or https:// URL`);
  const top = { url, token: values.token ?? process.env.BALLAST_TOKEN, intervalMs };
  if (values.json) return await printJson(top, values.once);
  if (values.once) return await printOnce(top);
  return await showLive(top);
}

function usageFault(fault: string): number {
  process.stderr.write(`balancer top: ${fault}\n\n${topHelp}`);
  return 2;
}

/** An address alone stands for its `/status`. */
function statusUrl(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) return undefined;
  if (url.pathname === "/") url.pathname = "/status";
  return url.href;
}

function lookNow({ url, token, intervalMs }: TopOptions): Promise<Look> {
  return look(url, token, Math.max(1000, intervalMs));
}

async function printJson(top: TopOptions, isOnce: boolean): Promise<number> {
  for (;;) {
    const seen = await lookNow(top);
    if (!seen.ok) return gone(seen.fault);
    const { atMs: _, ...status } = seen.snapshot;
    process.stdout.write(`${JSON.stringify(status)}\n`);
    if (isOnce) return 0;
    await Bun.sleep(top.intervalMs);
  }
}

async function printOnce(top: TopOptions): Promise<number> {
  const before = await lookNow(top);
  if (!before.ok) return gone(before.fault);
  await Bun.sleep(top.intervalMs);
  const now = await lookNow(top);
  if (!now.ok) return gone(now.fault);
  const isColoured = process.stdout.isTTY === true && wantsColour();
  const lines = topTable(now.snapshot, ratesBetween(before.snapshot, now.snapshot), { isColoured });
  process.stdout.write(`${lines.join("\n")}\n`);
  return 0;
}

/** As https://no-color.org says: any text but an empty one asks for none. */
const wantsColour = () => (process.env.NO_COLOR ?? "") === "";

function gone(fault: string): number {
  process.stderr.write(`balancer top: ${fault}\n`);
  return 1;
}

/** Redraws the terminal until q, Ctrl-C or a signal; where there is no terminal, prints one table after the other. */
async function showLive(top: TopOptions): Promise<number> {
  const { stdout, stdin } = process;
  if (stdout.isTTY !== true) {
    for (;;) {
      const exitCode = await printOnce(top);
      if (exitCode !== 0) return exitCode;
      stdout.write("\n");
    }
  }
  const ended = Promise.withResolvers<"ended">();
  const end = () => ended.resolve("ended");
  const onKey = (key: Buffer) => {
    if (["q", "Q", "\x03", "\x1b"].includes(key.toString())) end();
  };
  process.on("SIGINT", end);
  process.on("SIGTERM", end);
  if (stdin.isTTY) {
    stdin.setRawMode(true);
    stdin.on("data", onKey);
  }
  // A screen of its own, without a cursor; what was there before comes back at the end.
  stdout.write("\x1b[?1049h\x1b[?25l");
  try {
    let last: Snapshot | undefined;
    for (;;) {
      const seen = await lookNow(top);
      draw(last, seen);
      if (seen.ok) last = seen.snapshot;
      if ((await Promise.race([ended.promise, Bun.sleep(top.intervalMs)])) === "ended") return 0;
    }
  } finally {
    stdout.write("\x1b[?25h\x1b[?1049l");
    if (stdin.isTTY) {
      stdin.setRawMode(false);
      stdin.off("data", onKey);
      stdin.pause();
    }
    process.off("SIGINT", end);
    process.off("SIGTERM", end);
  }
}

/** What was seen last stays on the screen when nobody answers, with a line that says so. */
function draw(last: Snapshot | undefined, seen: Look): void {
  const { stdout } = process;
  const style = { isColoured: wantsColour(), columns: stdout.columns };
  const shown = seen.ok ? seen.snapshot : last;
  const table = shown === undefined ? [] : topTable(shown, ratesBetween(last, shown), style);
  const lines = seen.ok
    ? table
    : [`NO ANSWER, as it was before: ${seen.fault}`.slice(0, stdout.columns), ...table];
  const visible = lines.slice(0, Math.max(1, stdout.rows - 1));
  stdout.write(`\x1b[H${visible.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`);
}
