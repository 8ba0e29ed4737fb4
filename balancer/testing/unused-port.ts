/** Below the ports that Linux gives to connections by itself (`net.ipv4.ip_local_port_range`). */
const range = { from: 20_000, count: 12_000 };

/**
 * A port of 127.0.0.1 that nobody listens on. Not one that the system would give to a connection, which may take it meanwhile;
 * and whoever connects to such a port may be given the very same one for its own end, and then talks to itself.
 */
export function unusedPort(): number {
  for (;;) {
    const port = range.from + Math.floor(Math.random() * range.count);
    if (isFree(port)) return port;
  }
}

function isFree(port: number): boolean {
  try {
    Bun.listen({ hostname: "127.0.0.1", port, socket: { data() {} } }).stop(true);
    return true;
  } catch {
    // Somebody else has it.
    return false;
  }
}
