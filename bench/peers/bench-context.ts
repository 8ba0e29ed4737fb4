import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Children, trackChildren } from "./children.ts";
import type { Cores } from "./cores.ts";

/** What every measurement works with. */
export interface BenchContext {
  readonly children: Children;
  readonly cores: Cores;
  /** Removed at the end. */
  readonly scratch: string;
  /** Takes the log lines of proxies that can't write files. */
  readonly logPort: number;
  /** Command line of the backend, to which options are added. */
  readonly backend: readonly string[];
  readonly signal: AbortSignal;
  /** Says what is going on, a line each. */
  readonly say: (line: string) => void;
}

type Given = Pick<BenchContext, "cores" | "backend" | "signal" | "say">;

/** Sets all up for `task`, and leaves no process and no file behind. */
export async function withBenchContext<T>(
  given: Given,
  task: (context: BenchContext) => Promise<T>,
): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), "ballast-peers-"));
  // An nginx that root has started reads files as nobody.
  await chmod(scratch, 0o755);
  const children = trackChildren();
  const logSink = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  try {
    return await task({ ...given, children, scratch, logPort: logSink.port });
  } finally {
    await children.stopAll();
    logSink.stop(true);
    await rm(scratch, { recursive: true, force: true });
  }
}

let directories = 0;

/** A new, empty directory. */
export async function scratchDirectory({ scratch }: BenchContext, name: string): Promise<string> {
  const directory = join(scratch, `${++directories}-${name.replaceAll(/\W+/g, "-")}`);
  await mkdir(directory);
  return directory;
}
