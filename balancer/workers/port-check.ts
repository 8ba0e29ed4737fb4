import type { ListenerConfig } from "../config/schema.ts";
import { namingListener } from "../serving.ts";

/**
 * Throws when another program listens on a listener's port. Workers wouldn't notice: the ports they share may be
 * shared by any process of the same user, which would then get a part of the connections.
 */
export async function requireFreePorts(listeners: readonly ListenerConfig[]): Promise<void> {
  for (const listener of listeners) {
    const { hostname, port } = listener.listen;
    if (port === 0) continue;
    const fetch = () => new Response();
    await namingListener(listener, () => Bun.serve({ hostname, port, development: false, fetch })).stop(true);
  }
}
