import type { LoadResult } from "../config/load.ts";
import type { Config, ListenerConfig } from "../config/schema.ts";
import { type PemFiles, readPemFiles, withObtained } from "../files/pem-files.ts";
import { type ClientLimitsMemory, createClientLimitsMemory } from "../limits/client-limits.ts";
import { type CountsMemory, countsMemoryFor } from "../observe/counts.ts";
import type { ChangeableServing } from "../serving/main-serving.ts";
import type { MainTasks } from "../serving/main-tasks.ts";
import { configOnPorts } from "../workers/limits.ts";
import type { ReloadRecord } from "./reload-record.ts";

/** What became of a new config. */
export type Reloaded =
  | {
      readonly ok: true;
      /** Keys that differ, and hold only from the next start on. */
      readonly needRestart: readonly string[];
    }
  /** The former config is still in force; one line for each fault. */
  | { readonly ok: false; readonly faults: readonly string[] };

/** What a reload brings into force; every other key of lb.json is looked at when the process starts. */
const reloadable = new Set<string>([
  "$schema",
  "accessLog",
  "acme",
  "cloudwatch",
  "control",
  "drainTimeout",
  "groups",
  "listeners",
]);

export interface ConfigInForceOptions {
  /** What it was started with. */
  readonly config: Config;
  /** The same without targets that were found. */
  readonly wanted: Config;
  readonly pemFiles: PemFiles;
  readonly tasks: MainTasks;
  readonly reloads: ReloadRecord;
  readonly countsMemory: CountsMemory;
  readonly limitsMemory: ClientLimitsMemory;
  /** The JSON of `config`. */
  readonly source?: unknown;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
}

/** Puts one config after another in force. */
export class ConfigInForce {
  /** With the ports in use. */
  private config: Config;
  private wanted: Config;
  private pemFiles: PemFiles;
  private countsMemory: CountsMemory;
  private limitsMemory: ClientLimitsMemory;
  private json: unknown;
  private turn: Promise<unknown> = Promise.resolve();
  private hasEnded = false;

  constructor(
    private readonly serving: ChangeableServing,
    private readonly options: ConfigInForceOptions,
  ) {
    this.config = configOnPorts(options.config, serving.ports);
    this.wanted = options.wanted;
    this.pemFiles = options.pemFiles;
    this.countsMemory = options.countsMemory;
    this.limitsMemory = options.limitsMemory;
    this.json = options.source;
  }

  /** The JSON of it, as it was given; undefined where it is not known. */
  get source(): unknown {
    return this.json;
  }

  get current(): Config {
    return this.config;
  }

  /** One at a time; `why` is for the log. */
  change(next: LoadResult, why: string): Promise<Reloaded> {
    const changed = this.turn.then(async () => {
      const reloaded = await this.tryNow(next);
      if (next.ok && reloaded.ok) this.json = next.source;
      this.tell(reloaded, why);
      return reloaded;
    });
    this.turn = changed.catch(() => {});
    return changed;
  }

  /** Takes no other one from now on; resolves when the last one is in force, or refused. */
  async end(): Promise<void> {
    this.hasEnded = true;
    await this.turn;
  }

  /** Has listeners show the certificates that the authority has given by now; nothing else changes. */
  showCertificates(): void {
    const show = async () => {
      if (this.hasEnded) return;
      const { countsMemory, limitsMemory } = this;
      const config = this.options.tasks.complete(withPortsOf(this.config, this.wanted));
      const pemFiles = withObtained(config, this.pemFiles);
      await this.serving.change({ config, pemFiles, countsMemory, limitsMemory });
      this.pemFiles = pemFiles;
    };
    this.turn = this.turn.then(show).catch((error: Error) => {
      this.options.log(`certificates: the former ones are still shown: ${error.message}`);
    });
  }

  private tell(reloaded: Reloaded, why: string): void {
    const { log, reloads } = this.options;
    reloads.add(reloaded.ok);
    if (!reloaded.ok) {
      log(`reload (${why}): refused, the former config is still in force`);
      for (const fault of reloaded.faults) log(`reload (${why}): ${fault}`);
      return;
    }
    log(`reload (${why}): the new config is in force`);
    const { needRestart } = reloaded;
    if (needRestart.length > 0)
      log(`reload (${why}): changes of ${needRestart.join(", ")} hold only from the next start on`);
  }

  private async tryNow(next: LoadResult): Promise<Reloaded> {
    if (!next.ok) return next;
    if (this.hasEnded) return { ok: false, faults: ["the balancer is ending"] };
    return this.changeNow(next.config);
  }

  private async changeNow(next: Config): Promise<Reloaded> {
    const { config: first } = this.options;
    const asked = { ...next, zone: next.zone ?? process.env.BALLAST_ZONE };
    const wanted = { ...asked, zone: first.zone };
    const discovered = await this.options.tasks.prepare(
      withPortsOf(this.config, wanted),
      this.serving.services,
    );
    const { config } = discovered;
    const countsMemory = countsMemoryFor(config, this.countsMemory);
    const limitsMemory = createClientLimitsMemory(config, countsMemory.threadCount, this.limitsMemory);
    let pemFiles: PemFiles;
    try {
      pemFiles = readPemFiles(config);
      await this.serving.change({ config, pemFiles, countsMemory, limitsMemory });
    } catch (error) {
      discovered.abandon();
      return { ok: false, faults: [(error as Error).message] };
    }
    this.wanted = wanted;
    this.pemFiles = pemFiles;
    this.countsMemory = countsMemory;
    this.limitsMemory = limitsMemory;
    discovered.commit();
    this.config = configOnPorts(config, this.serving.ports);
    return { ok: true, needRestart: keysThatDiffer(first, asked) };
  }
}

/** A listener whose port the system chose keeps that one under the same name. */
function withPortsOf(present: Config, next: Config): Config {
  const ports = next.listeners.map((listener) =>
    listener.listen.port > 0 ? listener.listen.port : (chosenPort(present.listeners, listener) ?? 0),
  );
  return configOnPorts(next, ports);
}

function chosenPort(
  listeners: readonly ListenerConfig[],
  { name, listen }: ListenerConfig,
): number | undefined {
  return listeners.find((each) => each.name === name && each.listen.hostname === listen.hostname)?.listen
    .port;
}

function keysThatDiffer(first: Config, next: Config): readonly string[] {
  const keys = new Set([...Object.keys(first), ...Object.keys(next)]) as Set<keyof Config>;
  return [...keys].filter((key) => !reloadable.has(key) && !Bun.deepEquals(first[key], next[key]));
}
