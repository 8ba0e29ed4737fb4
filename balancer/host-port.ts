/** `host:port` as URLs and `Host` have it: an IPv6 address in brackets (RFC 3986 §3.2.2). */
export function hostPort(hostname: string, port: number): string {
  return `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}
