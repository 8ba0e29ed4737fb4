import { fail, type Result } from "./result.ts";

/** Why the system does not let us listen there; throws what is no word of the system's. */
export function listenFault(host: string, port: number, error: unknown): Result<never> {
  if (!(error instanceof Error && "code" in error)) throw error;
  return fail(`${host}:${port}: expected an address to listen on: ${error.message}`);
}
