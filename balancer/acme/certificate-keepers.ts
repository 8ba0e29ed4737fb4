import type { Clock } from "../cluster/clock.ts";
import type { Random } from "../cluster/random.ts";
import { type AcmeConfig, acmeNamesIn } from "../config/acme-schema.ts";
import type { Config } from "../config/schema.ts";
import { ordersFrom } from "./authority.ts";
import { CertificateKeeper, type CertificateStatus } from "./certificate-keeper.ts";
import { AcmeStorage } from "./storage.ts";

export interface CertificateKeepersOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
}

/** Keeps all certificates that a config wants from an authority. */
export class CertificateKeepers {
  private acme: AcmeConfig | undefined;
  /** By their names. */
  private keepers: ReadonlyMap<string, CertificateKeeper> = new Map();

  /** `onChange`: another certificate is in the storage, to be shown from now on. */
  constructor(
    private readonly options: CertificateKeepersOptions,
    private readonly onChange: () => void,
  ) {}

  /** Keeps those of this config from now on; those that both want go on. */
  follow(config: Pick<Config, "acme" | "listeners">): void {
    const before = Bun.deepEquals(config.acme, this.acme)
      ? this.keepers
      : new Map<string, CertificateKeeper>();
    const next = new Map<string, CertificateKeeper>();
    if (config.acme !== undefined) {
      const storage = new AcmeStorage(config.acme);
      const order = ordersFrom(config.acme, storage);
      const { renewBefore } = config.acme;
      for (const names of acmeNamesIn(config)) {
        const id = names.toSorted().join(" ");
        if (next.has(id)) continue;
        const { options, onChange } = this;
        const fresh = () =>
          new CertificateKeeper({
            ...options,
            names,
            renewBefore,
            storage,
            order,
            timeOfDay: Date.now,
            onChange,
          });
        next.set(id, before.get(id) ?? fresh());
      }
    }
    const former = this.keepers;
    this.acme = config.acme;
    this.keepers = next;
    for (const [id, keeper] of former) if (next.get(id) !== keeper) keeper.stop();
    for (const [id, keeper] of next) if (former.get(id) !== keeper) void keeper.look();
  }

  /** Undefined where none are kept. */
  get status(): readonly CertificateStatus[] | undefined {
    if (this.keepers.size === 0) return undefined;
    return [...this.keepers.values()].map(({ status }) => status);
  }

  stop(): void {
    for (const keeper of this.keepers.values()) keeper.stop();
  }
}
