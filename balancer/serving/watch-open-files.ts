import type { Clock, Timer } from "../cluster/clock.ts";
import { maxOpenFiles } from "../sockets/open-files.ts";

const everyMs = 1000;
/** At the limit each client that leaves makes room for the next one: that is no end of it. */
const overAfterMs = 30_000;

/**
 * Tells people when clients get no connections for want of open files, and when that is over. `areShort`: whether they are
 * now.
 */
export function watchOpenFiles(clock: Clock, areShort: () => boolean, log: (line: string) => void): Timer {
  const limit = maxOpenFiles();
  let lastShortAtMs: number | undefined;
  const look = () => {
    const nowMs = clock.now();
    if (areShort()) {
      if (lastShortAtMs === undefined)
        log(
          `open files: nearly all ${limit} that the process may have are in use, so new connections of clients are closed (ulimit -n, LimitNOFILE)`,
        );
      lastShortAtMs = nowMs;
    } else if (lastShortAtMs !== undefined && nowMs - lastShortAtMs > overAfterMs) {
      log("open files: there are enough again");
      lastShortAtMs = undefined;
    }
    timer = clock.after(everyMs, look);
  };
  let timer = clock.after(everyMs, look);
  return { cancel: () => timer.cancel() };
}
