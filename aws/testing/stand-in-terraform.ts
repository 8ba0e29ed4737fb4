import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outputs } from "../../stacks/outputs.ts";

/** What the program does other than work. */
export interface Scenario {
  readonly version?: string;
  readonly initFault?: string;
  /** Address whose change fails. */
  readonly failsAt?: string;
  /** Address at which it works until it is interrupted. */
  readonly hangsAt?: string;
  readonly outputs?: Outputs;
}

/** For tests: a `terraform` in a folder of its own, to be put on the PATH. */
export class StandInTerraform {
  readonly folder = mkdtempSync(join(tmpdir(), "ballast-terraform-"));

  constructor(scenario: Scenario = {}) {
    const program = join(import.meta.dir, "terraform-program.ts");
    const script = `#!/bin/sh\nSTAND_IN_TERRAFORM="$0" exec '${process.execPath}' '${program}' "$@"\n`;
    writeFileSync(join(this.folder, "terraform"), script, { mode: 0o755 });
    this.set(scenario);
  }

  set(scenario: Scenario): void {
    writeFileSync(join(this.folder, "scenario.json"), JSON.stringify(scenario));
  }

  /** Whether it has come to the address where it hangs. */
  get hangs(): boolean {
    return existsSync(join(this.folder, "hangs"));
  }

  /** Each call's words behind the program's name. */
  get calls(): readonly string[] {
    return readFileSync(join(this.folder, "calls"), "utf8").trim().split("\n");
  }

  /** Addresses of what it has made. */
  get state(): readonly string[] {
    const file = join(this.folder, "state.json");
    return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
  }

  set state(addresses: readonly string[]) {
    writeFileSync(join(this.folder, "state.json"), JSON.stringify(addresses));
  }

  stop(): void {
    rmSync(this.folder, { recursive: true });
  }
}
