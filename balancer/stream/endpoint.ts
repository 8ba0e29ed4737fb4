/** Where a target listens. */
export interface Endpoint {
  readonly hostname: string;
  readonly port: number;
}

/** Reads a `tcp://` or `udp://` URL, whose port is always given. */
export function endpointOf(url: string): Endpoint {
  const parsed = /^(?:tcp|udp):\/\/(.+):(\d+)$/.exec(url);
  const host = parsed?.[1];
  if (host === undefined) throw new Error(`no target URL: ${url}`);
  return { hostname: host.replace(/^\[|\]$/g, ""), port: Number(parsed?.[2]) };
}
