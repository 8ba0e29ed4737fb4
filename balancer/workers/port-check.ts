import type { ListenerConfig } from "../config/schema.ts";
import { namingListener } from "../serving/listeners.ts";

/**
 * Throws when another program listens on a listener's port. Workers wouldn't notice: the ports they share may be
 * shared by any process of the same user, which would then get a part of the connections.
 */
export async function requireFreePorts(listeners: readonly ListenerConfig[]): Promise<void> {
  for (const listener of listeners) {
    const { hostname, port } = listener.listen;
    if (port === 0) continue;
    const fetch = () => new Response();
    // Said in so many words: outside of development Bun shares ports unless told not to.
    const options = { hostname, port, reusePort: false, development: false, fetch };
    const server = await namingListener(listener, () => Bun.serve(options));
    await server.stop(true);
  }
}
