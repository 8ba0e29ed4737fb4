import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Meaning } from "./cases/request-case.ts";
import { type Leniency, leniencies, readLaxly } from "./lax-reader.ts";

/** How a target reads requests: by the book, refusing what is not, or as tolerantly as any does. */
export type OriginKind = "strict" | "lax";

const laxest: Leniency = leniencies.at(-1) ?? {};
const answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
/** A head as RFC 9112 §3 and §5 have it, without any leniency but for DEL in a value (RFC 9110 §5.5). */
const strictHead =
  /^[!#$%&'*+.^_`|~\w-]+ [!-~]+ HTTP\/1\.1\r\n(?:[!#$%&'*+.^_`|~\w-]+:[\t ]*[\t -\xff]*\r\n)*$/;

/** For tests: a target that keeps every byte it gets, and answers what it takes for requests. */
export class RecordingOrigin {
  /** Latin-1, of each connection in the order they came. */
  readonly received: string[] = [];
  private readonly sockets: Socket[] = [];

  private constructor(
    private readonly server: Server,
    private readonly kind: OriginKind,
  ) {}

  static async start(kind: OriginKind): Promise<RecordingOrigin> {
    const server = createServer();
    const origin = new RecordingOrigin(server, kind);
    server.on("connection", (socket) => origin.serve(socket));
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    return origin;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** What a reader of that kind would have taken for requests on all connections. */
  seen(leniency: Leniency): Meaning[] {
    return this.received.flatMap((text) => readLaxly(text, leniency).requests);
  }

  /** What no reader by the book would take; undefined when there is nothing. */
  get fault(): string | undefined {
    for (const text of this.received) {
      for (let rest = text; rest !== ""; ) {
        const headEnd = rest.indexOf("\r\n\r\n");
        if (headEnd < 0 || !strictHead.test(rest.slice(0, headEnd + 2))) return rest;
        const next = readLaxly(rest, {}).rest;
        if (next === rest) break;
        rest = next;
      }
    }
    return undefined;
  }

  stop(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private serve(socket: Socket): void {
    const index = this.received.push("") - 1;
    this.sockets.push(socket);
    let answered = 0;
    socket.on("data", (bytes: Buffer) => {
      const text = (this.received[index] ?? "") + bytes.toString("latin1");
      this.received[index] = text;
      if (this.kind === "strict" && this.fault !== undefined) {
        socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
        return;
      }
      const { length } = readLaxly(text, this.kind === "lax" ? laxest : {}).requests;
      for (; answered < length; answered++) socket.write(answer);
    });
    // The balancer resets connections it has no more use for.
    socket.on("error", () => {});
  }
}
