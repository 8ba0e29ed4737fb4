import { type Balancer, startBalancer } from "./balancer.ts";
import { systemClock } from "./cluster/clock.ts";
import { loadConfig } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { FileWatch } from "./file-watch.ts";
import { pemFileNames } from "./pem-files.ts";
import { inheritanceFrom } from "./takeover/inherited.ts";
import { type Successor, startSuccessor } from "./takeover/successor.ts";
import { monotonicLine, notifySystemd } from "./takeover/systemd.ts";

/**
 * Serves by the config in this process, as signals have it: docs/operations.md. `file`: where the config is from; rejects with
 * a clear message when it can't serve.
 */
export async function runBalancer(
  { config, source }: { readonly config: Config; readonly source: unknown },
  file: string,
  log: (line: string) => void,
): Promise<void> {
  const inheritance = inheritanceFrom(process.env);
  const load = () => loadConfig(file);
  const balancer = await startBalancer(config, log, undefined, { inheritance, source, load });
  inheritance?.close();
  const { reload, takeOver, end } = actions(balancer, file, log);
  process.on("SIGHUP", () => reload("SIGHUP"));
  process.on("SIGUSR1", () => balancer.reopenLogs());
  process.on("SIGUSR2", takeOver);
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  if (config.watch) {
    const files = () => [file, ...pemFileNames(balancer.config)];
    new FileWatch(files, systemClock, () => reload("changed files")).start();
  }
  // After the handlers: whoever waits for these lines may signal at once.
  for (const { name, url } of balancer.listeners) console.log(`listener ${name} on ${url}`);
  if (balancer.control !== undefined) console.log(`control on ${balancer.control}`);
  if (balancer.admin !== undefined) console.log(`admin on ${balancer.admin}`);
  notifySystemd("READY=1", `MAINPID=${process.pid}`);
  inheritance?.takeOver();
}

function actions(balancer: Balancer, file: string, log: (line: string) => void) {
  let isEnding = false;
  let successor: Successor | undefined;
  return {
    reload(why: string) {
      notifySystemd("RELOADING=1", monotonicLine());
      void balancer.reload(loadConfig(file), why).then(() => notifySystemd("READY=1"));
    },
    /** Has the program that is on disk now take this one's place. */
    takeOver() {
      if (isEnding || successor !== undefined) return;
      const started = startSuccessor(process.argv.slice(2), balancer.sockets());
      successor = started;
      log(`takeover: process ${started.pid} starts`);
      void started.failed.then((why) => {
        successor = undefined;
        if (!isEnding) log(`takeover: refused, this process goes on: ${why}`);
      });
    },
    /** The one that took over asks for it too. */
    end() {
      if (isEnding) process.exit(0);
      isEnding = true;
      if (successor === undefined) notifySystemd("STOPPING=1");
      else successor.leaveTo();
      log("draining");
      void balancer.drain().then(() => process.exit(0));
    },
  };
}
