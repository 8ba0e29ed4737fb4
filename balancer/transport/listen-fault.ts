import type { ListenAddress } from "../config/scalars.ts";
import { hostPort } from "../host-port.ts";

/** Bun's own messages leave out which of these it was. */
const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "the port needs more rights, such as CAP_NET_BIND_SERVICE for those below 1024",
};

/** Why something that should have listened does not, for people; `who` such as "listener public". */
export function listenFault(who: string, { hostname, port }: ListenAddress, error: unknown): Error {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new Error(`${who}: can't listen on ${hostPort(hostname, port)}: ${reasons[code] ?? message}`, {
    cause: error,
  });
}
