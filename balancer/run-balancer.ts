import { type Balancer, startBalancer } from "./balancer.ts";
import { systemClock } from "./cluster/clock.ts";
import { loadConfig } from "./config/load.ts";
import type { Config } from "./config/schema.ts";
import { FileWatch } from "./files/file-watch.ts";
import { pemFileNames } from "./files/pem-files.ts";
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
  const started = Promise.withResolvers<OnSignal>();
  let isToEnd = false;
  let hasStarted = false;
  const end = () => {
    // Who asks twice does not want to wait for the start either.
    if (isToEnd && !hasStarted) process.exit(0);
    isToEnd = true;
    void started.promise.then((on) => on.end());
  };
  // What is asked for while it starts is done when it has: by themselves these signals would end it, with clients that it
  // has already.
  process.on("SIGHUP", () => void started.promise.then(({ reloadFile }) => reloadFile("SIGHUP")));
  process.on("SIGUSR1", () => void started.promise.then(({ reopenLogs }) => reopenLogs()));
  process.on("SIGUSR2", () => void started.promise.then(({ takeOver }) => takeOver()));
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  let inForce = () => config;
  const files = () => [file, ...pemFileNames(inForce())];
  const watch = config.watch && new FileWatch(files, systemClock, () => reloadFile("changed files"));
  const balancer = await startBalancer(config, log, undefined, { inheritance, source, load });
  inForce = () => balancer.config;
  inheritance?.close();
  const { reloadFile, ...others } = actions(balancer, file, log);
  hasStarted = true;
  started.resolve({ reloadFile, ...others, reopenLogs: balancer.reopenLogs });
  if (watch) watch.start();
  // After the handlers: whoever waits for these lines may signal at once.
  for (const { name, url } of balancer.listeners) console.log(`listener ${name} on ${url}`);
  if (balancer.control !== undefined) console.log(`control on ${balancer.control}`);
  if (balancer.admin !== undefined) console.log(`admin on ${balancer.admin}`);
  notifySystemd("READY=1", `MAINPID=${process.pid}`);
  inheritance?.takeOver();
}

/** What signals ask for. */
interface OnSignal {
  reloadFile(why: string): void;
  takeOver(): void;
  reopenLogs(): void;
  end(): void;
}

function actions(balancer: Balancer, file: string, log: (line: string) => void) {
  let isEnding = false;
  let successor: Successor | undefined;
  const refused = (why: string) => log(`takeover: refused, this process goes on: ${why}`);
  return {
    reloadFile(why: string) {
      notifySystemd("RELOADING=1", monotonicLine());
      void balancer.reload(loadConfig(file), why).then(() => notifySystemd("READY=1"));
    },
    /** Has the program that is on disk now take this one's place. */
    takeOver() {
      if (isEnding || successor !== undefined) return;
      try {
        successor = startSuccessor(process.argv.slice(2), balancer.estate());
      } catch (error) {
        refused((error as Error).message);
        return;
      }
      log(`takeover: process ${successor.pid} starts`);
      void successor.failed.then((why) => {
        successor = undefined;
        if (!isEnding) refused(why);
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
