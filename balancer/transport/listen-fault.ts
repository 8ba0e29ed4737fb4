import { isIP } from "node:net";
import type { ListenAddress } from "../config/scalars.ts";
import { hostPort } from "../host-port.ts";
import { areOpenFilesUsedUp } from "../sockets/open-files.ts";

/** Bun's own messages leave out which of these it was. */
const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use",
  EADDRNOTAVAIL: "this machine has no such address",
  EACCES: "the port needs more rights, such as CAP_NET_BIND_SERVICE for those below 1024",
};

/** Why something that should have listened does not, for people; `who` such as "listener public". */
export function listenFault(who: string, { hostname, port }: ListenAddress, error: unknown): Error {
  const { code = "", message } = error as NodeJS.ErrnoException;
  const reason = isUnknownName(hostname) ? "no address is found for this name" : (reasons[code] ?? message);
  return new Error(`${who}: can't listen on ${hostPort(hostname, port)}: ${reason}`, { cause: error });
}

/** Of a name without an address `Bun.serve` throws whatever code was left from before, `Bun.listen` an error without one. */
function isUnknownName(hostname: string): boolean {
  if (isIP(hostname) !== 0) return false;
  try {
    Bun.listen({ hostname, port: 0, socket: { data() {} } }).stop();
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === undefined && !areOpenFilesUsedUp();
  }
}
