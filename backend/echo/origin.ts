/** Such as `tcp://127.0.0.1:9000`; an IPv6 address stands in brackets. */
export function originOf(scheme: "tcp" | "udp", host: string, port: number): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
