/** What a proxy under measurement has to do. */
export interface Site {
  /** Where it listens, on 127.0.0.1. */
  readonly port: number;
  readonly targets: readonly SiteTarget[];
  /** A TCP port on 127.0.0.1 that takes log lines, for a proxy that can't write a file. */
  readonly logPort: number;
  /** Its own, empty directory: configs, logs, pid files. */
  readonly directory: string;
  /** Speak TLS with it, and offer HTTP/2; undefined for plain HTTP/1.1. */
  readonly certificate: Certificate | undefined;
}

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface SiteTarget {
  readonly id: string;
  /** On 127.0.0.1. */
  readonly port: number;
}

/** The servers of a site, one on each port. */
export function targetsOn(ports: readonly number[]): SiteTarget[] {
  return ports.map((port, index) => ({ id: `t-${index + 1}`, port }));
}

/** What to run. */
export interface Launch {
  /** Paths relative to the site's directory. */
  readonly files: Readonly<Record<string, string>>;
  /** Stays in the foreground, ends on SIGTERM. */
  readonly command: readonly string[];
}

/**
 * One proxy with one policy; plain data and functions, a file for each program. All are configured alike: one core,
 * keep-alive on both sides, access log, `X-Forwarded-*`, health checks every 2 s where the program has them.
 */
export interface Peer {
  /** Program and policy, as in tables. */
  readonly name: string;
  /** How `--peers` calls it. */
  readonly program: string;
  /** What is missing where it can't be found; its program when left out. */
  readonly needs?: string;
  /** Path of the executable, undefined when it is not installed. */
  find(): string | undefined;
  /** Throws when the executable doesn't answer. */
  version(executable: string): string;
  launch(executable: string, site: Site): Launch;
}

/** Debian keeps servers in `sbin`, which is on the PATH of root only. */
const searchPath = `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin`;

export function findExecutable(program: string): string | undefined {
  return Bun.which(program, { PATH: searchPath }) ?? undefined;
}

/** The first group of `pattern` in what `command` prints on either stream. */
export function versionFrom(command: readonly string[], pattern: RegExp): string {
  const { stdout, stderr } = Bun.spawnSync([...command]);
  const printed = `${stdout}${stderr}`;
  const version = pattern.exec(printed)?.[1];
  if (version === undefined)
    throw new Error(`${command.join(" ")} printed ${JSON.stringify(printed)}, expected ${pattern.source}`);
  return version;
}
