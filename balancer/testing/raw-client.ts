import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { requestText } from "./http-text.ts";
import { type Message, readHead, readMessage } from "./message.ts";
import { Wire } from "./wire.ts";

export interface RawAnswer extends Message {
  readonly status: number;
}

/** How a client connects. */
export interface RawClientOptions {
  /** PEM of the authority to trust; makes it TLS. */
  readonly ca?: string;
  /** Name to ask for, with TLS. */
  readonly serverName?: string;
  /** Which of this machine's addresses it comes from, without TLS. */
  readonly localAddress?: string;
}

/** For tests: a client that sends exactly the bytes it is told, and shows exactly those that come back. */
export class RawClient extends Wire {
  static async connect(
    port: number,
    { ca, serverName, localAddress = "127.0.0.1" }: RawClientOptions = {},
  ): Promise<RawClient> {
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const socket: Socket =
      ca === undefined
        ? connect({ port, host: "127.0.0.1", localAddress, allowHalfOpen: true }, () => resolve(socket))
        : connectTls({ port, host: "127.0.0.1", ca, servername: serverName ?? "localhost" }, () =>
            resolve(socket),
          );
    socket.once("error", reject);
    return new RawClient(await promise);
  }

  /** Sends a request with `Host: test` and the given header lines. */
  request(
    method: string,
    target: string,
    lines: readonly string[] = [],
    body: string | Uint8Array = "",
  ): void {
    this.send(requestText(method, target, lines));
    if (body.length > 0) this.send(body);
  }

  /** The next final answer; `method` is that of its request. Interim answers are passed over. */
  async answer(method = "GET"): Promise<RawAnswer> {
    const message = await this.wait("waited for an answer", () => {
      for (;;) {
        const head = readHead(this.received);
        if (head === undefined) return undefined;
        const status = statusOf(head.startLine);
        if (status === 101 || status >= 200) return this.read(status, method);
        this.take(head.end);
      }
    });
    this.take(message.length);
    return message;
  }

  /** A whole exchange. */
  ask(
    method: string,
    target: string,
    lines: readonly string[] = [],
    body: string | Uint8Array = "",
  ): Promise<RawAnswer> {
    this.request(method, target, lines, body);
    return this.answer(method);
  }

  private read(status: number, method: string): RawAnswer | undefined {
    const head = readHead(this.received);
    if (head === undefined) return undefined;
    const hasNoBody = method === "HEAD" || status === 101 || status === 204 || status === 304;
    if (hasNoBody) return { ...head, status, body: Buffer.alloc(0), trailers: [], length: head.end };
    const message = readMessage(this.received, "until-close", this.isClosed);
    return message === undefined ? undefined : { ...message, status };
  }
}

function statusOf(statusLine: string): number {
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1];
  if (status === undefined) throw new Error(`no status line: ${JSON.stringify(statusLine)}`);
  return Number(status);
}
