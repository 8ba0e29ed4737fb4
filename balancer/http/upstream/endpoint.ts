import type { TLSOptions } from "bun";
import { type TargetAddress, targetAddress } from "../../target-address.ts";

/** Where a target listens, and how to speak to it. */
export interface Endpoint extends TargetAddress {
  readonly tls: TLSOptions | undefined;
}

export interface UpstreamTls {
  /** Name to ask for and to check; the host of the URL when left out. */
  readonly serverName?: string | undefined;
  /** PEM text of the authorities to trust instead of the system's. */
  readonly ca?: string | undefined;
  readonly verify: boolean;
}

/** How the target with this URL is reached; `tls` is for one with https. */
export function endpointOf(url: string, tls: UpstreamTls | undefined): Endpoint {
  const { scheme, hostname, port } = targetAddress(url);
  if (scheme !== "https") return { hostname, port, tls: undefined };
  return {
    hostname,
    port,
    tls: {
      serverName: tls?.serverName ?? hostname,
      rejectUnauthorized: tls?.verify ?? true,
      ...(tls?.ca !== undefined && { ca: tls.ca }),
    },
  };
}
