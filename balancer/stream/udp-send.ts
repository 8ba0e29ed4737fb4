/** Why datagrams were not sent. */
export type SendLoss =
  /** The system's send buffer is full. */
  | "blocked"
  /** The system refuses this one: too long, or nowhere to send it to. */
  | "unsendable";

/** The system's code of an error of a socket, undefined for what is none: that is a bug. */
export function socketErrorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** What the system may say of a datagram sent earlier, to whomever, when it is asked to send the next (ip(7), IP_RECVERR). */
const lateReports = new Set(["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "EHOSTDOWN"]);
/** More late reports than this in a row are about what is sent now. */
const mostLateReports = 8;

/** What sends: an unconnected socket takes three items a datagram (bytes, port, address), a connected one the bytes. */
export interface SendingSocket<Item> {
  sendMany(items: Item[]): number;
}

/** Told what was not sent. */
export interface LossListener {
  lost(reason: SendLoss, datagrams: number): void;
}

/**
 * Sends all datagrams, of `width` items each, in as few system calls as it takes; one that can't be sent takes no other
 * with it. UDP may lose: what does not fit into the send buffer now is gone.
 */
export function sendAll<Item>(
  items: Item[],
  width: number,
  socket: SendingSocket<Item>,
  listener: LossListener,
): void {
  let left = items;
  let reports = 0;
  while (left.length > 0) {
    let sent: number;
    try {
      sent = socket.sendMany(left);
    } catch (error) {
      const code = socketErrorCode(error);
      if (code === undefined) throw error;
      // The report has been taken in place of sending, and the same datagram may go now.
      if (lateReports.has(code) && ++reports <= mostLateReports) continue;
      listener.lost("unsendable", 1);
      left = left.slice(width);
      continue;
    }
    if (sent * width >= left.length) return;
    if (sent === 0) {
      listener.lost("blocked", left.length / width);
      return;
    }
    // It stopped at one with an error, which only the next call tells.
    left = left.slice(sent * width);
    reports = 0;
  }
}

/** {@link sendAll} for one datagram over a connected socket, which spares the list. */
export function sendOne<Bytes>(
  bytes: Bytes,
  socket: SendingSocket<Bytes> & { send(bytes: Bytes): boolean },
  listener: LossListener,
): void {
  let fits: boolean;
  try {
    fits = socket.send(bytes);
  } catch (error) {
    if (socketErrorCode(error) === undefined) throw error;
    // Mostly a late report, which has been taken now.
    sendAll([bytes], 1, socket, listener);
    return;
  }
  if (!fits) listener.lost("blocked", 1);
}
