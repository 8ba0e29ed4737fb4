import { isIP } from "node:net";
import { fail, type Result } from "./result.ts";

/** Why the system does not let us listen there; throws what is no word of the system's. */
export function listenFault(host: string, port: number, error: unknown): Result<never> {
  const reason = isUnknownName(host) ? "no address is found for this name" : systemReason(error);
  return fail(`${host}:${port}: expected an address to listen on: ${reason}`);
}

function systemReason(error: unknown): string {
  if (error instanceof Error && "code" in error) return error.message;
  throw error;
}

/** Such a name `Bun.listen` refuses without a code, `Bun.serve` with that of whatever failed before. */
function isUnknownName(host: string): boolean {
  if (isIP(host) !== 0) return false;
  try {
    Bun.listen({ hostname: host, port: 0, socket: { data() {} } }).stop();
    return false;
  } catch (error) {
    return !(error instanceof Error && "code" in error);
  }
}
