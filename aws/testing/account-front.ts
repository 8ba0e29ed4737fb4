/** What of an account moto does not know; all else goes to moto. */
export interface AccountFacts {
  /** Values of quotas by their code; others have plenty. */
  readonly quotas?: Readonly<Record<string, number>>;
  /** Refuses to say any quota. */
  readonly quotasDenied?: boolean;
  /** Text on the console of every instance. */
  readonly console?: string;
  /** Error code of STS. */
  readonly refusal?: string;
  /** What the tagging API lists. */
  readonly tagged?: readonly string[];
}

/** For tests: an AWS endpoint that answers some calls itself and hands the others on to `endpoint`. */
export class AccountFront {
  facts: AccountFacts = {};
  private readonly server: Bun.Server<undefined>;

  constructor(private readonly endpoint: string) {
    this.server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: async (request) => {
        const body = await request.text();
        const target = request.headers.get("x-amz-target") ?? "";
        return this.answer(target, body) ?? (await this.handOn(request, body));
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}`;
  }

  async stop(): Promise<void> {
    await this.server.stop(true);
  }

  private answer(target: string, body: string): Response | undefined {
    const { quotas = {}, quotasDenied, console: text, refusal, tagged } = this.facts;
    const action = new URLSearchParams(body).get("Action");
    if (target.startsWith("ServiceQuotas")) {
      if (quotasDenied) return json({ __type: "AccessDeniedException", message: "not for you" }, 400);
      const { QuotaCode = "" }: { QuotaCode?: string } = JSON.parse(body);
      if (target.endsWith("GetServiceQuota") && QuotaCode in quotas)
        return json({ Quota: { Value: quotas[QuotaCode] } });
      return target.endsWith("GetServiceQuota")
        ? json({ __type: "NoSuchResourceException", message: "no applied value" }, 400)
        : json({ Quota: { Value: 1000 } });
    }
    if (target.endsWith("GetResources") && tagged !== undefined)
      return json({ ResourceTagMappingList: tagged.map((ResourceARN) => ({ ResourceARN, Tags: [] })) });
    if (action === "GetConsoleOutput" && text !== undefined) return this.consoleOutput(text, body);
    if (action === "GetCallerIdentity" && refusal !== undefined)
      return xml(
        `<ErrorResponse><Error><Type>Sender</Type><Code>${refusal}</Code><Message>no</Message></Error></ErrorResponse>`,
        403,
      );
    return undefined;
  }

  /** As an instance on Xen: the latest can't be had. */
  private consoleOutput(text: string, body: string): Response {
    if (new URLSearchParams(body).get("Latest") === "true")
      return xml(
        "<Response><Errors><Error><Code>UnsupportedOperation</Code><Message>no</Message></Error></Errors></Response>",
        400,
      );
    return xml(
      `<GetConsoleOutputResponse><output>${Buffer.from(text).toString("base64")}</output></GetConsoleOutputResponse>`,
    );
  }

  private async handOn(request: Request, body: string): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    return await fetch(`${this.endpoint}${pathname}${search}`, {
      method,
      headers,
      ...(method === "GET" ? {} : { body }),
      decompress: false,
    });
  }
}

const json = (value: object, status = 200) =>
  new Response(JSON.stringify(value), { status, headers: { "content-type": "application/x-amz-json-1.1" } });
const xml = (text: string, status = 200) =>
  new Response(text, { status, headers: { "content-type": "text/xml" } });
