/** Where a target listens. */
export interface TargetAddress {
  /** An IPv6 address stands without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/** Reads a target's URL as the config has it, whose port is always given; throws when it is none. */
export function targetAddress(url: string): TargetAddress & { readonly scheme: string } {
  const [, scheme, hostname, port] = /^(https?|tcp|udp):\/\/\[?([^\]]+?)\]?:(\d+)$/.exec(url) ?? [];
  if (scheme === undefined || hostname === undefined) throw new Error(`no target URL: ${url}`);
  return { scheme, hostname, port: Number(port) };
}
