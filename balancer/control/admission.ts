import type { PortRange } from "../config/control-schema.ts";
import type { PortName, Registration } from "./message.ts";
import { labelOf, serverUrl } from "./port.ts";
import type { RegisteredPort, RegisteredServer } from "./registered.ts";

/** Why no server may have this port; undefined when it may. */
export function portFault({ port }: PortName, { first, last }: PortRange): string | undefined {
  return port < first || port > last
    ? `port: found ${port}, expected one from ${first} to ${last}`
    : undefined;
}

/** Why a server can't be registered, from `address`, for a port that is open already; undefined when it can. */
export function conflict(
  known: RegisteredPort,
  registration: Registration,
  address: string,
): string | undefined {
  const { policy, weight } = registration;
  if (policy !== undefined && policy !== known.policy.name)
    return `policy: found "${policy}", expected "${known.policy.name}", which ${labelOf(known)} has already`;
  const id = serverId(registration, address);
  const server = known.servers.get(address);
  if (server !== undefined) {
    const { target } = server;
    return isSame(server, registration)
      ? undefined
      : `found id ${id} and weight ${weight}, expected ${target.id} and ${target.weight} as registered, or unregister first`;
  }
  const isTaken = [...known.servers.values()].some(({ target }) => target.id === id);
  return isTaken
    ? `id: found "${id}", which another server of ${labelOf(known)} has, expected another`
    : undefined;
}

/** Whether the server has registered itself in these words. */
export function isSame({ address, target }: RegisteredServer, registration: Registration): boolean {
  return target.id === serverId(registration, address) && target.weight === registration.weight;
}

/** Its own word, or its address and port. */
export function serverId(registration: Registration, address: string): string {
  return registration.id ?? serverUrl(registration, address).replace(/^.*\/\//, "");
}
