import type { TLSOptions } from "bun";

/** Where a target listens, and how to speak to it. */
export interface Endpoint {
  readonly hostname: string;
  readonly port: number;
  readonly tls: TLSOptions | undefined;
}

export interface UpstreamTls {
  /** Name to ask for and to check; the host of the URL when left out. */
  readonly serverName?: string | undefined;
  /** PEM text of the authorities to trust instead of the system's. */
  readonly ca?: string | undefined;
  readonly verify: boolean;
}

/** Reads a target's URL, whose port is always given. */
export function endpointOf(url: string, tls: UpstreamTls | undefined): Endpoint {
  const parsed = /^(https?):\/\/(.*):(\d+)$/.exec(url);
  const host = parsed?.[2];
  if (parsed === null || host === undefined) throw new Error(`no target URL: ${url}`);
  const hostname = host.replace(/^\[|\]$/g, "");
  return {
    hostname,
    port: Number(parsed[3]),
    tls:
      parsed[1] === "https"
        ? {
            serverName: tls?.serverName ?? hostname,
            rejectUnauthorized: tls?.verify ?? true,
            ...(tls?.ca !== undefined && { ca: tls.ca }),
          }
        : undefined,
  };
}
