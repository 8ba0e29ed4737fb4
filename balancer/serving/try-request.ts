import type { ByteBuffer } from "../byte-buffer.ts";
import type { Clock, Timer } from "../cluster/clock.ts";
import { systemRandom } from "../cluster/random.ts";
import type { Target } from "../cluster/target.ts";
import type { HttpListenerConfig } from "../config/schema.ts";
import type { ClientSide } from "../http/exchange/client-side.ts";
import { Exchange } from "../http/exchange/exchange.ts";
import type { ForwardRequest } from "../http/exchange/forward-request.ts";
import type { Refusal } from "../http/exchange/refusals.ts";
import { ownHostOf, type RequestLine, writeRequestHead } from "../http/message/request-head.ts";
import type { ResponseHead } from "../http/message/response-head.ts";
import { destinationOf, planRoutes } from "../http/routing/route-plan.ts";
import { createRouter, stripPrefix } from "../http/routing/router.ts";
import type { Service } from "../http/service/service.ts";
import { targetStatus } from "../observe/status.ts";
import type { Candidate, TryAnswer, TryRequest } from "../observe/try-messages.ts";
import type { StreamSocket } from "../transport/stream-socket.ts";

/** So much of an answer is shown, and waited for so long from its head on: it may be a stream without end. */
const maxContentBytes = 16_384;
const maxContentMs = 2000;
const clientAddress = "127.0.0.1";

/**
 * Sends a request the way that the listener's clients' requests go, from its routes on, and tells how it was decided who
 * answers. The choice falls in this thread, at once: what the policy looked at is what `candidates` say.
 */
export function tryRequest(
  asked: TryRequest,
  listener: HttpListenerConfig,
  services: ReadonlyMap<string, Service>,
  clock: Clock,
): Promise<TryAnswer> {
  const { method, path: pathAndQuery, host } = asked;
  const [path = ""] = pathAndQuery.split("?", 1);
  // An operator's request is none of a client's: no limit by address counts it.
  const route = createRouter(planRoutes(listener.routes, services, [], systemRandom())).match(host, path);
  if (route === undefined) return Promise.resolve(noRoute(path));
  const fields = new Headers({ "user-agent": "ballast-dashboard" });
  const { service, key } = destinationOf(route, clientAddress, fields);
  const target = route.stripPrefix ? stripPrefix(route.path, pathAndQuery) : pathAndQuery;
  const scheme = listener.tls === undefined ? "http" : "https";
  const line: RequestLine = {
    method,
    target,
    host,
    ownHost: ownHostOf(listener),
    scheme,
    peerAddress: clientAddress,
    isPeerTrusted: false,
    isTraced: false,
    traceParent: undefined,
  };
  const before = service.group.targets.map((each) => ({
    target: each,
    ...targetStatus(service.group, each),
  }));
  const { promise, resolve } = Promise.withResolvers<TryAnswer>();
  const client = new TryingClient(clock, resolve);
  const exchange = new Exchange(service, new TriedRequest(line, fields, key), client);
  client.exchange = exchange;
  exchange.start();
  const chosen = exchange.target;
  client.decided(
    service,
    before.map(({ target: each, id, url, state, score, load, inFlight }): Candidate => {
      return { id, url, state, score, load, inFlight, isChosen: each === chosen };
    }),
  );
  return promise;
}

function noRoute(path: string): TryAnswer {
  return {
    candidates: [],
    attempts: 0,
    status: 404,
    fields: [],
    content: `no route for ${path}`,
    isCut: false,
    durationMs: 0,
  };
}

/** Has no body, and says who sent it. */
class TriedRequest implements ForwardRequest {
  readonly body = undefined;
  readonly session = undefined;
  readonly isUpgrade = false;
  readonly contentBytes = 0;
  readonly traceparentAt = undefined;

  constructor(
    private readonly line: RequestLine,
    private readonly fields: Headers,
    readonly key: string | undefined,
  ) {}

  get method(): string {
    return this.line.method;
  }

  writeTo(out: ByteBuffer): void {
    writeRequestHead(out, this.line, this.fields, undefined);
  }
}

/** Keeps the answer's beginning, and leaves when there is more to come. */
class TryingClient implements ClientSide {
  exchange: Exchange | undefined;
  private readonly parts: Buffer[] = [];
  private keptBytes = 0;
  private isCut = false;
  private timer: Timer | undefined;
  private head: ResponseHead | undefined;
  private decision: { readonly service: Service; readonly candidates: readonly Candidate[] } | undefined;
  private outcome: Pick<TryAnswer, "status" | "fields" | "content" | "durationMs"> | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly resolve: (answer: TryAnswer) => void,
  ) {}

  /** Who was chosen among whom; it may have been answered already. */
  decided(service: Service, candidates: readonly Candidate[]): void {
    this.decision = { service, candidates };
    this.tell();
  }

  interim(): void {}

  begin(head: ResponseHead): void {
    this.head = head;
    this.timer = this.clock.after(maxContentMs, () => this.cut());
  }

  write(bytes: Uint8Array, from: number, to: number): boolean {
    const kept = Math.min(to - from, maxContentBytes - this.keptBytes);
    if (kept > 0) this.parts.push(Buffer.from(bytes.subarray(from, from + kept)));
    this.keptBytes += kept;
    if (kept < to - from) this.cut();
    return !this.isCut;
  }

  flush(): void {}

  trailers(): void {}

  end(nowMs: number): void {
    this.over(this.head?.status ?? 200, this.content, nowMs);
  }

  breakOff(): void {
    this.over(this.head?.status ?? 502, "the target broke off its answer", this.clock.now());
  }

  refuse({ status, reason }: Refusal): void {
    this.over(status, reason, this.clock.now());
  }

  /** Nobody asked for another protocol. */
  switchTo(_head: ResponseHead, _socket: StreamSocket): boolean {
    return false;
  }

  private get content(): string {
    return Buffer.concat(this.parts).toString("utf8");
  }

  /** Leaves in the middle of the answer. */
  private cut(): void {
    this.isCut = true;
    this.over(this.head?.status ?? 200, this.content, this.clock.now());
    this.exchange?.cancel();
  }

  private over(status: number, content: string, nowMs: number): void {
    this.timer?.cancel();
    const durationMs = nowMs - (this.exchange?.startedAtMs ?? nowMs);
    this.outcome = { status, fields: this.head?.fields ?? [], content, durationMs };
    this.tell();
  }

  private tell(): void {
    const { decision, outcome, exchange } = this;
    if (decision === undefined || outcome === undefined) return;
    const { service, candidates } = decision;
    this.resolve({
      group: service.group.name,
      policy: service.config.policy.name,
      candidates,
      attempts: exchange?.attempts ?? 0,
      ...targetOf(this.head === undefined ? undefined : exchange?.target),
      ...outcome,
      isCut: this.isCut,
    });
  }
}

/** Only who has answered. */
function targetOf(target: Target | undefined): { readonly target?: string } {
  return target === undefined ? {} : { target: target.id };
}
