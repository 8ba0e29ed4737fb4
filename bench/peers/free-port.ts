/** `count` ports of 127.0.0.1 that were free a moment ago, all different. */
export function freePorts(count: number): number[] {
  const open = Array.from({ length: count }, () =>
    Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } }),
  );
  const ports = open.map(({ port }) => port);
  for (const listener of open) listener.stop(true);
  return ports;
}
