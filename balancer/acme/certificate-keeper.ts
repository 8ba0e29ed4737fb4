import type { Clock, Timer } from "../cluster/clock.ts";
import type { Random } from "../cluster/random.ts";
import type { Order } from "./authority.ts";
import { AskedToWait } from "./requests.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { type AcmeStorage, describeCertificate, type StoredCertificate } from "./storage.ts";

/** At least this often the time of day is looked at: it may be set, and the machine may sleep. */
const lookMs = 3_600_000;

/** Renewals are spread by this share of the time before the end that they begin at. */
const spread = 0.1;

/** Of how a certificate is kept, for `/status`. */
export interface CertificateStatus {
  readonly names: readonly string[];
  /** ISO 8601; null while there is none. */
  readonly notAfter: string | null;
  /** When it is ordered next; null while that is being done. */
  readonly nextOrder: string | null;
  /** Of the last order, unless it succeeded. */
  readonly lastError: { readonly at: string; readonly message: string } | null;
}

export interface CertificateKeeperOptions {
  readonly names: readonly string[];
  /** As in `AcmeConfig`, in ms. */
  readonly renewBefore: number | undefined;
  readonly storage: Pick<AcmeStorage, "certificateOf" | "save">;
  readonly order: Order;
  readonly clock: Clock;
  /** The time of day, in ms since 1970. */
  readonly timeOfDay: () => number;
  readonly random: Random;
  /** Takes lines for people. */
  readonly log: (line: string) => void;
  /** There is another certificate to show than when this began, or at the last call. */
  readonly onChange: () => void;
}

/** Sees to it that there is a certificate for its names, and that it is renewed in time. */
export class CertificateKeeper {
  private readonly label: string;
  private readonly earlier: number;
  /** As it was when {@link CertificateKeeperOptions.onChange} was last called. */
  private shown: StoredCertificate | undefined;
  private timer: Timer | undefined;
  private isStopped = false;
  private failures = 0;
  /** After a failure: not before this time of day. */
  private retryAtMs = 0;
  private nextOrderAtMs: number | undefined;
  private lastError: CertificateStatus["lastError"] = null;

  constructor(private readonly options: CertificateKeeperOptions) {
    this.label = `certificate for ${options.names.join(", ")}`;
    this.earlier = 1 + spread * options.random();
    this.shown = options.storage.certificateOf(options.names);
  }

  /** Orders a certificate when it is time, and goes on by itself from then on. */
  async look(): Promise<void> {
    const { timeOfDay } = this.options;
    try {
      this.showStored();
      if (this.dueAtMs() <= timeOfDay()) await this.obtain();
    } catch (error) {
      const askedForMs = error instanceof AskedToWait ? error.delayMs : 0;
      this.failed(`not obtained: ${(error as Error).message}`, askedForMs);
    }
    if (this.isStopped) return;
    this.nextOrderAtMs = this.dueAtMs();
    const delayMs = Math.min(lookMs, Math.max(0, this.nextOrderAtMs - timeOfDay()));
    this.timer = this.options.clock.after(delayMs, () => void this.look());
  }

  /** Orders nothing more. */
  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }

  get status(): CertificateStatus {
    const { shown, nextOrderAtMs, lastError } = this;
    return {
      names: this.options.names,
      notAfter: shown === undefined ? null : isoTime(shown.notAfterMs),
      nextOrder: nextOrderAtMs === undefined ? null : isoTime(nextOrderAtMs),
      lastError,
    };
  }

  /** Another balancer with the same storage may have renewed it. */
  private showStored(): void {
    const stored = this.options.storage.certificateOf(this.options.names);
    if (stored === undefined || stored.cert === this.shown?.cert) return;
    this.options.log(`${this.label}: found a new one in the storage, ends ${isoTime(stored.notAfterMs)}`);
    this.show(stored);
  }

  private show(certificate: StoredCertificate): void {
    this.shown = certificate;
    this.retryAtMs = 0;
    // Nothing but the time of day can be wrong with a certificate that is new.
    if (this.dueAtMs() <= this.options.timeOfDay())
      this.failed("the new one would have to be renewed at once: is the time of day right?", 0);
    else {
      this.failures = 0;
      this.lastError = null;
    }
    if (!this.isStopped) this.options.onChange();
  }

  private dueAtMs(): number {
    if (this.shown === undefined) return this.retryAtMs;
    const { notBeforeMs, notAfterMs } = this.shown;
    const lifetimeMs = notAfterMs - notBeforeMs;
    const { renewBefore = lifetimeMs / 3 } = this.options;
    const beforeMs = Math.min(renewBefore, (lifetimeMs * 2) / 3) * this.earlier;
    return Math.max(this.retryAtMs, notAfterMs - beforeMs);
  }

  private async obtain(): Promise<void> {
    const { names, order, storage, log } = this.options;
    this.nextOrderAtMs = undefined;
    const { cert, key } = await order(names);
    const certificate = describeCertificate(cert, key);
    if (certificate === undefined) throw new Error("what the authority gave is no certificate");
    storage.save(names, certificate);
    log(
      `${this.label}: ${this.shown === undefined ? "obtained" : "renewed"}, ends ${isoTime(certificate.notAfterMs)}`,
    );
    this.show(certificate);
  }

  private failed(reason: string, askedForMs: number): void {
    const { timeOfDay, random, log } = this.options;
    const nowMs = timeOfDay();
    this.retryAtMs = nowMs + retryDelayMs(++this.failures, askedForMs, random);
    this.lastError = { at: isoTime(nowMs), message: reason };
    log(`${this.label}: ${reason}; next try at ${isoTime(this.retryAtMs)}`);
  }
}

function isoTime(atMs: number): string {
  return new Date(atMs).toISOString();
}
