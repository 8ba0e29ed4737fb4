import { appendFileSync } from "node:fs";
import type { Clock } from "../cluster/clock.ts";

/** What an operator has changed, or tried to. */
export interface AuditEntry {
  /** The address that asked. */
  readonly peer: string;
  /** Such as `drain`. */
  readonly action: string;
  /** What it was about, such as `cluster1/i-1`. */
  readonly subject?: string | undefined;
  /** Whether it was done. */
  readonly ok: boolean;
  /** Why not; one line for each fault. */
  readonly faults?: readonly string[] | undefined;
}

/** Of refusals in each second: more of them would fill the disk for whoever reaches the port. */
const deniedPerSecond = 10;

/** Keeps what operators do, one JSON line each: in a file, or in the log for people. */
export class AuditLog {
  private denied = 0;
  private deniedIn = 0;

  constructor(
    private readonly file: string | undefined,
    private readonly log: (line: string) => void,
    private readonly clock: Clock,
  ) {}

  /** Someone may not do what was asked for; of many in a second the first few are kept. */
  deny(peer: string, action: string, reason: string): void {
    const second = Math.floor(this.clock.now() / 1000);
    if (second !== this.deniedIn) this.denied = 0;
    this.deniedIn = second;
    if (++this.denied <= deniedPerSecond) this.add({ peer, action, ok: false, faults: [reason] });
  }

  /** Written when it returns; a file that can't be written to is told of, with the entry, in the log. */
  add(entry: AuditEntry): void {
    const line = JSON.stringify({ time: new Date().toISOString(), ...entry });
    if (this.file === undefined) {
      this.log(`audit: ${line}`);
      return;
    }
    try {
      appendFileSync(this.file, `${line}\n`);
    } catch (error) {
      this.log(`audit: ${this.file} can't be written to: ${(error as Error).message}: ${line}`);
    }
  }
}
