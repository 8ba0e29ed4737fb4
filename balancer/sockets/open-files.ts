import { closeSync, openSync, readFileSync } from "node:fs";

/** Of what the process may have open, the part that clients do not get: connections to targets, checks and files need some. */
const reservedShare = 1 / 8;

/** How many files and sockets the process may have open; undefined where the system does not tell. */
export function maxOpenFiles(): number | undefined {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}

/** Not asked for later: without open files it can't be read. */
const firstReserved = Math.floor((maxOpenFiles() ?? Number.POSITIVE_INFINITY) * (1 - reservedShare));

/** Whether a descriptor is of the reserve. The system gives out the lowest that is free, so all below it were in use. */
export function isReserved(fd: number): boolean {
  return fd >= firstReserved;
}

/** As {@link isReserved}, of a socket's descriptor. */
export function isOfReserve(socket: object): boolean {
  // Bun's have it too, though bun-types does not tell.
  const { fd } = socket as { readonly fd: number };
  return isReserved(fd);
}

/** Whether what is opened next is of the reserve, or can't be opened; false where the limit is not known. */
export function areOpenFilesShort(): boolean {
  const fd = lowestFree();
  return fd === undefined ? Number.isFinite(firstReserved) : isReserved(fd);
}

/** Whether nothing can be opened any more: Bun tells of a connection that failed for it as of one that was refused. */
export function areOpenFilesUsedUp(): boolean {
  return lowestFree() === undefined;
}

function lowestFree(): number | undefined {
  try {
    const fd = openSync("/dev/null", "r");
    closeSync(fd);
    return fd;
  } catch {
    return undefined;
  }
}
