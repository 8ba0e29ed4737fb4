import { failure, type Outcome, success } from "../outcome.ts";

export interface DatagramPlan {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly datagrams: number;
  /** Clients, each with an address of its own; up to 65 536. */
  readonly addresses: number;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

export interface DatagramCounts {
  readonly answered: number;
  readonly lost: number;
}

/** Fewer than a receive buffer of the usual size holds. */
const mostUnderWay = 128;
/** Longer than a busy machine keeps any program waiting. */
const lostAfterMs = 1000;
const lookEveryMs = 50;

/** An address of the loopback network for each index. */
export function loopbackAddress(index: number): string {
  return `127.1.${index >> 8}.${index & 255}`;
}

/** Sends datagrams from all addresses in turns, each reply followed by the next; a fault when a socket can't be had. */
export async function sendFromMany(plan: DatagramPlan): Promise<Outcome<DatagramCounts>> {
  const sockets: Bun.udp.ConnectedSocket<"buffer">[] = [];
  const bytes = Buffer.alloc(64, "datagram");
  let sent = 0;
  let answered = 0;
  let lost = 0;
  const sendNext = () => {
    if (sent === plan.datagrams) return;
    sockets[sent % sockets.length]?.send(bytes);
    sent++;
  };
  const onReply = () => {
    // A late one has been counted as lost already.
    if (answered + lost === sent) return;
    answered++;
    sendNext();
  };
  try {
    for (let index = 0; index < plan.addresses; index++) {
      sockets.push(
        await Bun.udpSocket({
          hostname: loopbackAddress(index),
          connect: { hostname: "127.0.0.1", port: plan.port },
          socket: { data: onReply },
        }),
      );
    }
    let answeredBefore = -1;
    let heardAtMs = performance.now();
    while (answered + lost < plan.datagrams) {
      plan.signal.throwIfAborted();
      const nowMs = performance.now();
      if (answered !== answeredBefore) heardAtMs = nowMs;
      else if (nowMs - heardAtMs >= lostAfterMs) {
        lost = sent - answered;
        heardAtMs = nowMs;
      }
      answeredBefore = answered;
      while (sent - answered - lost < mostUnderWay && sent < plan.datagrams) sendNext();
      plan.onProgress((answered + lost) / plan.datagrams);
      await Bun.sleep(lookEveryMs);
    }
    return success({ answered, lost });
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return failure(`client ${sockets.length} of ${plan.addresses}: ${error.message}`);
  } finally {
    for (const socket of sockets) socket.close();
  }
}
