import { failure, type Outcome, success } from "../outcome.ts";

const keptLines = 20;

/** A child process whose output is read line by line. */
export interface ManagedProcess {
  readonly name: string;
  readonly pid: number;
  /** The first line that matches, of the last 20 printed or of those to come; its capture groups. */
  waitForLine(pattern: RegExp, timeoutMs: number): Promise<Outcome<RegExpExecArray>>;
  /** What it printed last, for an error message; states its exit code if it has ended. */
  describe(): string;
  /** SIGTERM, and SIGKILL when it is still there after `graceMs`. Resolves when it has ended. */
  stop(graceMs: number): Promise<void>;
  /** SIGKILL at once, for a parent that has no time left. */
  kill(): void;
}

/** Starts a program; one that cannot be started is a fault. */
export function startProcess(name: string, command: readonly string[]): Outcome<ManagedProcess> {
  let child: Bun.Subprocess<"ignore", "pipe", "pipe">;
  try {
    child = Bun.spawn([...command], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  } catch (error) {
    return failure(`${name}: cannot start ${command[0]}: ${error instanceof Error ? error.message : error}`);
  }
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  const wake = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const heard = (line: string) => {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    wake();
  };
  const outputEnded = Promise.all([readLines(child.stdout, heard), readLines(child.stderr, heard)]);
  let ended = false;
  const gone = Promise.all([child.exited, outputEnded]).then(() => {
    ended = true;
    wake();
  });

  const describe = () => {
    const state = ended ? `ended with ${child.signalCode ?? `code ${child.exitCode}`}` : "still running";
    const output = lines.length === 0 ? "  (no output)" : lines.map((line) => `  ${line}`).join("\n");
    return `${name} (pid ${child.pid}) is ${state}; its last lines:\n${output}`;
  };

  return success({
    name,
    pid: child.pid,
    describe,
    kill: () => child.kill("SIGKILL"),
    waitForLine: (pattern, timeoutMs) =>
      new Promise((resolve) => {
        const give = (outcome: Outcome<RegExpExecArray>) => {
          clearTimeout(timer);
          watchers.delete(look);
          resolve(outcome);
        };
        const look = () => {
          for (const line of lines) {
            const match = pattern.exec(line);
            if (match !== null) return give(success(match));
          }
          if (ended) give(failure(`no line like ${pattern.source} came; ${describe()}`));
        };
        const timer = setTimeout(
          () => give(failure(`no line like ${pattern.source} came in ${timeoutMs} ms; ${describe()}`)),
          timeoutMs,
        );
        watchers.add(look);
        look();
      }),
    stop: async (graceMs) => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await gone;
      clearTimeout(timer);
    },
  });
}

/** Hands over each line, without its end; resolves when the stream has ended. */
export async function readLines(
  stream: ReadableStream<Uint8Array>,
  heard: (line: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) heard(line);
  }
  if (rest !== "") heard(rest);
}
