import { closeSync } from "node:fs";
import { resolve } from "node:path";
import { isCompiled } from "../compiled.ts";
import { stopAccepting } from "../sockets/poll.ts";
import { type Estate, estateVariable, predecessorVariable } from "./inherited.ts";
import { memoryFile } from "./memory-file.ts";

/** A process that does not serve after so long never will. */
const startMs = 60_000;
/** Of the first descriptor behind stdin, stdout and stderr. */
const firstFd = 3;

/** Taken before anything could change the working directory. */
const program = programPath();

/** A process that is to take this one's place. */
export interface Successor {
  readonly pid: number;
  /** It serves: it alone is to accept from the sockets that both have. */
  leaveTo(): void;
  /** Resolves when it has ended before it served, with the reason for people. */
  readonly failed: Promise<string>;
}

/**
 * Starts the program as it is on disk now, with the arguments of this process and what it leaves. Throws when the system
 * can't start it, as while another version is being put in its place.
 */
export function startSuccessor(args: readonly string[], estate: Estate): Successor {
  const { sockets } = estate;
  const child = spawn(args, estate);
  const timer = setTimeout(() => child.kill("SIGKILL"), startMs);
  return {
    pid: child.pid,
    leaveTo() {
      clearTimeout(timer);
      for (const { fd } of sockets) stopAccepting(fd);
    },
    failed: child.exited.then((code) => {
      clearTimeout(timer);
      return child.signalCode === "SIGKILL"
        ? `it did not serve within ${startMs / 1000} s, or was killed`
        : `it ended with exit code ${code}`;
    }),
  };
}

function spawn(args: readonly string[], estate: Estate): Bun.Subprocess {
  const { sockets } = estate;
  const told = { ...estate, sockets: sockets.map((socket, index) => ({ ...socket, fd: firstFd + index })) };
  const will = memoryFile(JSON.stringify(told));
  try {
    return Bun.spawn([...program, ...args], {
      stdio: ["inherit", "inherit", "inherit", ...sockets.map(({ fd }) => fd), will],
      env: {
        ...process.env,
        [estateVariable]: String(firstFd + sockets.length),
        [predecessorVariable]: String(process.pid),
      },
    });
  } finally {
    closeSync(will);
  }
}

/** As it was called, so that a link that has been moved to another version counts; from its source by Bun. */
function programPath(): readonly string[] {
  if (!isCompiled) return [process.execPath, Bun.main];
  const { argv0, execPath } = process;
  return [argv0.includes("/") ? resolve(argv0) : (Bun.which(argv0) ?? execPath)];
}
