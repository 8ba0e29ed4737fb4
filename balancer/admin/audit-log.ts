import { appendFileSync } from "node:fs";

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

/** Keeps what operators do, one JSON line each: in a file, or in the log for people. */
export class AuditLog {
  constructor(
    private readonly file: string | undefined,
    private readonly log: (line: string) => void,
  ) {}

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
