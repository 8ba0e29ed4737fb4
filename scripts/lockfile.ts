import { readFileSync } from "node:fs";
import { parse } from "jsonc-parser";

/** A package as bun.lock has it. */
export interface LockedPackage {
  /** Where it lies: names from the outermost folder inwards, joined with "/". */
  readonly key: string;
  readonly name: string;
  readonly version: string;
  /** `sha512-` and Base64; undefined for what is no package of a registry. */
  readonly integrity: string | undefined;
  /** Names of what it needs, be it only where that is offered for the platform. */
  readonly needs: readonly string[];
}

export interface Lockfile {
  /** Of the project itself: name to version, as package.json has them. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly packages: ReadonlyMap<string, LockedPackage>;
}

interface LockText {
  readonly workspaces: Readonly<Record<string, Partial<Pick<Lockfile, "dependencies" | "devDependencies">>>>;
  readonly packages: Readonly<Record<string, readonly [ident: string, ...rest: unknown[]]>>;
}

type Needs = Readonly<Record<"dependencies" | "optionalDependencies", Record<string, string> | undefined>>;

export function readLockfile(file: string): Lockfile {
  const { workspaces, packages } = parse(readFileSync(file, "utf8")) as LockText;
  const { dependencies = {}, devDependencies = {} } = workspaces[""] ?? {};
  const locked = Object.entries(packages).map(
    ([key, [ident, , info, integrity]]): [string, LockedPackage] => {
      const at = ident.lastIndexOf("@");
      const needs = info as Needs;
      return [
        key,
        {
          key,
          name: ident.slice(0, at),
          version: ident.slice(at + 1),
          integrity: typeof integrity === "string" ? integrity : undefined,
          needs: Object.keys({ ...needs.dependencies, ...needs.optionalDependencies }),
        },
      ];
    },
  );
  return { dependencies, devDependencies, packages: new Map(locked) };
}

/** What a package finds under a name: the innermost one on the way out, as Node looks for it. */
export function resolve({ packages }: Lockfile, from: string, name: string): LockedPackage | undefined {
  for (let folder = from; folder !== ""; folder = outer(folder)) {
    const found = packages.get(`${folder}/${name}`);
    if (found !== undefined) return found;
  }
  return packages.get(name);
}

/** The folder around a package; the name of one may have two parts. */
function outer(key: string): string {
  const parts = key.split("/");
  const count = parts.at(-2)?.startsWith("@") === true ? 2 : 1;
  return parts.slice(0, -count).join("/");
}

/** Keys of all that the named packages need, themselves included. */
export function reachable(lockfile: Lockfile, names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (locked: LockedPackage | undefined) => {
    if (locked === undefined || found.has(locked.key)) return;
    found.add(locked.key);
    for (const name of locked.needs) visit(resolve(lockfile, locked.key, name));
  };
  for (const name of names) visit(resolve(lockfile, "", name));
  return found;
}
