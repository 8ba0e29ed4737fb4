import { connect, type TLSSocket } from "node:tls";
import { until } from "../../testing/until.ts";
import {
  type Frame,
  flags,
  frame,
  frameTypes,
  type HeaderField,
  headerBlock,
  preface,
  readFrame,
  statusOf,
} from "./frames.ts";

/** For tests: a client of HTTP/2 that sends the very frames it is told to. */
export class Http2Client {
  readonly frames: Frame[] = [];
  isClosed = false;
  private received: Buffer = Buffer.alloc(0);

  private constructor(readonly socket: TLSSocket) {
    socket.on("data", (bytes: Buffer) => this.take(bytes));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.isClosed = true;
    });
  }

  /** After the prefaces of both sides. */
  static async connect(port: number, ca: string): Promise<Http2Client> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const socket = connect(
      { port, host: "127.0.0.1", ca, servername: "localhost", ALPNProtocols: ["h2"] },
      resolve,
    );
    socket.once("error", reject);
    await promise;
    const client = new Http2Client(socket);
    client.send(Buffer.from(preface), frame(frameTypes.settings, 0, 0));
    await until("the server's settings", () =>
      client.frames.some(({ type }) => type === frameTypes.settings),
    );
    return client;
  }

  send(...parts: readonly Uint8Array[]): void {
    if (!this.isClosed) this.socket.write(Buffer.concat(parts));
  }

  request(stream: number, fields: readonly HeaderField[], body?: string): void {
    const end = body === undefined ? flags.endStream : 0;
    this.send(frame(frameTypes.headers, flags.endHeaders | end, stream, headerBlock(fields)));
    if (body !== undefined)
      this.send(frame(frameTypes.data, flags.endStream, stream, Buffer.from(body, "latin1")));
  }

  /** How a stream has ended, or the connection; undefined while neither has. */
  outcome(stream: number): number | "reset" | "closed" | undefined {
    const own = this.frames.filter((each) => each.stream === stream);
    const head = own.find(({ type }) => type === frameTypes.headers);
    if (own.some(({ type }) => type === frameTypes.rstStream)) return "reset";
    if (head !== undefined && own.some((each) => (each.flags & flags.endStream) !== 0))
      return statusOf(head.payload);
    const isGone = this.isClosed || this.frames.some(({ type }) => type === frameTypes.goAway);
    return isGone ? "closed" : undefined;
  }

  close(): void {
    this.socket.destroy();
  }

  private take(bytes: Buffer): void {
    this.received = Buffer.concat([this.received, bytes]);
    for (let next = readFrame(this.received); next !== undefined; next = readFrame(this.received)) {
      this.frames.push({ ...next.frame, payload: Buffer.from(next.frame.payload) });
      this.received = this.received.subarray(next.end);
    }
  }
}
