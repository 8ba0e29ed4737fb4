/** How the next answers go wrong; `slow` answers nothing at all. */
export type AwsTrouble = "throttling" | "error" | "garbage" | "slow";

const errorXml = (code: string, message: string) =>
  `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>r</RequestID></Response>`;

/** For tests: stands before an AWS endpoint and can keep what is asked from it. */
export class AwsProxy {
  /** What to answer instead of asking AWS; undefined lets all through. */
  trouble: AwsTrouble | undefined;
  /** Requests so far, those that were kept from AWS included. */
  requests = 0;
  private readonly server: Bun.Server<undefined>;

  /** `endpoint`: where AWS is. `onRequest` sees every body that is let through. */
  constructor(
    private readonly endpoint: string,
    private readonly onRequest: (body: Uint8Array, headers: Headers) => void = () => {},
  ) {
    this.server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      idleTimeout: 0,
      fetch: (request) => this.answer(request),
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }

  async stop(): Promise<void> {
    await this.server.stop(true);
  }

  private async answer(request: Request): Promise<Response> {
    this.requests++;
    const isXml = request.headers.get("content-type")?.includes("x-www-form-urlencoded") === true;
    switch (this.trouble) {
      case "throttling":
        return isXml
          ? new Response(errorXml("RequestLimitExceeded", "Request limit exceeded."), { status: 503 })
          : Response.json({ __type: "ThrottlingException", message: "Rate exceeded" }, { status: 400 });
      case "error":
        return new Response(errorXml("InternalError", "An internal error has occurred"), { status: 500 });
      case "garbage":
        return new Response("<<< not what you think", { status: 200 });
      case "slow":
        return new Promise(() => {});
      case undefined: {
        const body = await request.bytes();
        this.onRequest(body, request.headers);
        const { pathname, search } = new URL(request.url);
        const { method, headers } = request;
        return fetch(`${this.endpoint}${pathname}${search}`, { method, headers, body, decompress: false });
      }
    }
  }
}
