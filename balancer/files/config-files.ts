import { accessSync, constants, readFileSync, type Stats, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Fault, FieldPath } from "../config/fault.ts";
import type { Config, GroupConfig } from "../config/schema.ts";
import { parseTargetList } from "../discovery/file/target-list.ts";
import { readAuthorities, readCertificate } from "./certificate-file.ts";
import type { Named, NamedFault } from "./named-file.ts";
import { certificatesOf } from "./pem-files.ts";
import { stickySecret } from "./sticky-secret.ts";

export interface FileFaults {
  /** Without these the balancer does not start, or has no certificate. */
  readonly faults: readonly Fault[];
  /** It starts without these: what may come later, and where it can't write its lines. */
  readonly warnings: readonly Fault[];
}

/** Looks at every file, directory and variable that a config names, and changes nothing. */
export function fileFaultsOf({ listeners, groups, acme, accessLog, admin }: Config): FileFaults {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  listeners.forEach((listener, number) => {
    certificatesOf(listener).forEach((each, index) => {
      if (each.acme === undefined)
        faults.push(...placed(["listeners", number, "tls", index], readCertificate(each)));
    });
  });
  for (const [name, { tls, sticky, discovery }] of Object.entries(groups)) {
    const path = ["groups", name];
    if (tls?.ca !== undefined) faults.push(...placed([...path, "tls"], readAuthorities(tls.ca)));
    if (sticky !== undefined) faults.push(...placed([...path, "sticky"], stickySecret(sticky)));
    if (discovery?.provider === "file") warnings.push(...targetFileFaults(path, discovery));
  }
  if (acme !== undefined) {
    if (acme.ca !== undefined) faults.push(...placed(["acme"], readAuthorities(acme.ca)));
    faults.push(...placed(["acme"], writableDirectory("storage", acme.storage)));
  }
  if (accessLog !== undefined && accessLog.file !== "stdout")
    warnings.push(...placed(["accessLog"], appendable("file", accessLog.file)));
  if (admin?.auditLog !== undefined)
    warnings.push(...placed(["admin"], appendable("auditLog", admin.auditLog)));
  return { faults, warnings };
}

function placed(path: FieldPath, named: Named<unknown>): Fault[] {
  if (named.ok) return [];
  return named.faults.map(({ key, name, found, expected }) => ({
    path: [...path, key],
    found: `${JSON.stringify(name)}: ${found}`,
    expected,
  }));
}

function targetFileFaults(
  group: FieldPath,
  { path, scheme }: Extract<NonNullable<GroupConfig["discovery"]>, { provider: "file" }>,
): Fault[] {
  const at = [...group, "discovery", "path"];
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const found = `${JSON.stringify(path)}: nothing that can be read (${(error as Error).message})`;
    return [{ path: at, found, expected: "a list of targets, which may come later" }];
  }
  const parsed = parseTargetList(text, scheme);
  if (parsed.kind === "found") return [];
  const found = `${JSON.stringify(path)}${parsed.fault}`;
  return [{ path: at, found, expected: "a list of targets" }];
}

/** A file that is there has to be writable; of one that is not, its directory. */
function appendable(key: string, name: string): Named<unknown> {
  const stat = statOf(name);
  const fault = (found: string): Named<unknown> => ({
    ok: false,
    faults: [{ key, name, found, expected: "a file that can be appended to" }],
  });
  if (stat?.isDirectory()) return fault("a directory");
  const refused = refusalOf(stat === undefined ? dirname(resolve(name)) : name, constants.W_OK);
  return refused === undefined ? { ok: true, value: name } : fault(refused);
}

/** What is missing is made at the start, in the nearest directory above that is there. */
function writableDirectory(key: string, name: string): Named<unknown> {
  let nearest = resolve(name);
  while (statOf(nearest) === undefined) nearest = dirname(nearest);
  const fault = (found: string): Named<unknown> => {
    const faults: NamedFault[] = [{ key, name, found, expected: "a directory that can be written to" }];
    return { ok: false, faults };
  };
  if (!statOf(nearest)?.isDirectory()) return fault(`${nearest}, which is a file`);
  const refused = refusalOf(nearest, constants.W_OK | constants.X_OK);
  return refused === undefined ? { ok: true, value: name } : fault(refused);
}

/** Undefined for what is not there, or can't be reached: then the directory above says why. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** Why the system does not let this be used so; undefined when it does. */
function refusalOf(path: string, mode: number): string | undefined {
  try {
    accessSync(path, mode);
    return undefined;
  } catch (error) {
    return `what can't be written to (${(error as Error).message})`;
  }
}
