import { readHead, readMessage, valuesOf } from "../message.ts";
import { RawClient } from "../raw-client.ts";
import type { Reader } from "./readers.ts";
import { partsOf, type SeenMessage, type Stream } from "./stream.ts";

/** What a reader made of a stream. */
export interface Reading {
  /** In order; undefined for one that was answered, but not by who reports what it saw. */
  readonly messages: readonly (SeenMessage | undefined)[];
  /**
   * `refused` with a status, `closed` without one, `reset`, whereby answers may have been lost, or `open`: it waits
   * for more.
   */
  readonly end: "refused" | "closed" | "reset" | "open";
  /** That of the refusal. */
  readonly status?: number;
}

/** How many exchanges on another connection without news mean that there will be none. */
const quietRounds = 4;

/**
 * Sends each stream over a connection of its own, all at the same time, and says what the reader made of
 * them. Instead of waiting, it has exchanges on another connection: the reader is one thread, so what
 * came before them has been read.
 */
export async function readStreams(reader: Reader, streams: readonly Stream[]): Promise<Reading[]> {
  const barrier = await RawClient.connect(reader.port);
  const pass = async () => {
    const { status } = await barrier.ask("GET", "/barrier");
    if (status !== 200) throw new Error(`${reader.name} answered the barrier with ${status}`);
  };
  const clients = await Promise.all(streams.map(() => RawClient.connect(reader.port)));
  for (const { socket } of clients) socket.setNoDelay(true);
  const parts = streams.map(partsOf);
  const rounds = Math.max(...parts.map((each) => each.length));
  for (let round = 0; round < rounds; round++) {
    for (const [index, client] of clients.entries()) {
      const part = parts[index]?.[round];
      if (part !== undefined && !client.isClosed) client.send(part);
    }
    await pass();
  }
  const news = () =>
    clients.reduce((sum, { received, isClosed }) => sum + received.length + Number(isClosed), 0);
  for (let quiet = 0, before = -1; quiet < quietRounds; ) {
    await pass();
    quiet = news() === before ? quiet + 1 : 0;
    before = news();
  }
  const readings = clients.map(readingOf);
  for (const { socket } of [barrier, ...clients]) socket.destroy();
  return readings;
}

function readingOf({ received, isClosed, isReset }: RawClient): Reading {
  const messages: (SeenMessage | undefined)[] = [];
  for (let rest: Buffer = received; rest.length > 0; ) {
    const head = readHead(rest);
    if (head === undefined) throw new Error(`half an answer: ${JSON.stringify(rest.toString("latin1"))}`);
    const status = Number(head.startLine.split(" ")[1]);
    const [saw] = valuesOf(head, "x-saw");
    if (saw !== undefined) {
      messages.push(seenOf(saw));
      rest = rest.subarray(head.end);
    } else if (status === 100) {
      rest = rest.subarray(head.end);
    } else if (valuesOf(head, "connection").includes("close") || isClosed) {
      return { messages, end: "refused", status };
    } else {
      messages.push(undefined);
      rest = rest.subarray(readMessage(rest, "empty", isClosed)?.length ?? head.end);
    }
  }
  return { messages, end: isReset ? "reset" : isClosed ? "closed" : "open" };
}

function seenOf(saw: string): SeenMessage {
  const [method = "", target = "", body = ""] = saw.split(" ");
  const text = (digits: string) => Buffer.from(digits, "hex").toString("latin1");
  return { method, target: text(target), body: text(body) };
}
