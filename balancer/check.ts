import { checkConfig, faultLine, type LocatedFault, moreLine } from "./config/load.ts";
import { fileFaultsOf } from "./files/config-files.ts";

/** What `--check --json` prints. */
export interface CheckReport {
  readonly file: string;
  /** Whether there is no fault; warnings alone leave it true. */
  readonly ok: boolean;
  readonly faults: readonly LocatedFault[];
  /** Faults that were found beside those, when there were too many. */
  readonly more: number;
  /** What the balancer would start without. */
  readonly warnings: readonly LocatedFault[];
}

/** Checks a config file, and the files that it names once it is right by itself. Nothing is started or written. */
export function check(file: string): CheckReport {
  const checked = checkConfig(file);
  if (!checked.ok) return { file, ok: false, faults: checked.faults, more: checked.more, warnings: [] };
  const { faults, warnings } = fileFaultsOf(checked.config);
  return {
    file,
    ok: faults.length === 0,
    faults: checked.locate(faults),
    more: 0,
    warnings: checked.locate(warnings),
  };
}

/** `balancer --config FILE --check`: prints what was found, and gives the exit code. */
export function runCheck(file: string, asJson: boolean): 0 | 1 {
  const report = check(file);
  const { ok, faults, more, warnings } = report;
  if (asJson) {
    console.log(JSON.stringify(report, null, 2));
  } else {
    for (const fault of faults) console.error(faultLine(fault));
    if (more > 0) console.error(moreLine(file, more));
    for (const warning of warnings) console.error(`warning: ${faultLine(warning)}`);
    if (ok) console.log(`${file}: ok`);
  }
  return ok ? 0 : 1;
}
