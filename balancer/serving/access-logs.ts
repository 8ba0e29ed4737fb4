import type { Clock, Timer } from "../cluster/clock.ts";
import type { AccessLogConfig } from "../config/access-log-schema.ts";
import type { AccessLog } from "../observe/access-log.ts";

/**
 * The access logs of one thread: that of the config in force, and former ones for as long as requests may still end under
 * them.
 */
export class AccessLogs {
  private readonly open = new Map<AccessLog, AccessLogConfig>();
  /** Those that are to be closed. */
  private readonly leaving = new Map<AccessLog, Timer>();

  constructor(
    private readonly openLog: (config: AccessLogConfig) => AccessLog,
    private readonly clock: Clock,
  ) {}

  /** The one that is open already, where there is one that says the same; undefined for none. */
  to(config: AccessLogConfig | undefined): AccessLog | undefined {
    if (config === undefined) return undefined;
    for (const [log, present] of this.open) {
      if (!Bun.deepEquals(present, config)) continue;
      this.stay(log);
      return log;
    }
    const log = this.openLog(config);
    this.open.set(log, config);
    return log;
  }

  /** Closes a former one after so long, but for stdout, which can't be opened anew. */
  leave(log: AccessLog | undefined, afterMs: number): void {
    if (log === undefined || this.open.get(log)?.file === "stdout") return;
    this.stay(log);
    const close = () => {
      this.leaving.delete(log);
      if (this.open.delete(log)) void log.close();
    };
    this.leaving.set(log, this.clock.after(afterMs, close));
  }

  /** Resolves when every line is written. */
  async close(): Promise<void> {
    const all = [...this.open.keys()];
    this.open.clear();
    await Promise.all(all.map((log) => log.close()));
  }

  private stay(log: AccessLog): void {
    this.leaving.get(log)?.cancel();
    this.leaving.delete(log);
  }
}
