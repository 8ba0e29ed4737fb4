import { afterEach } from "bun:test";
import { EdgeFixture, type EdgeSetup, type LogLine, type StartEdge } from "../../testing/edge-fixture.ts";
import type { Field } from "../../testing/message.ts";
import type { RawClient } from "../../testing/raw-client.ts";
import { type OriginOptions, okWith, RawOrigin, type Respond } from "../../testing/raw-origin.ts";

/** An edge with one or more scripted targets behind it, and a client in front. */
export interface Scene {
  readonly edge: EdgeFixture;
  readonly client: RawClient;
  /** The first target. */
  readonly origin: RawOrigin;
  readonly origins: readonly RawOrigin[];
}

/** What a target does with each request: answers with these bytes, or whatever the function does. */
export type Script = string | Respond;

/** The edge that the shared cases run over, and what they start with it. */
export interface EdgeUnderTest {
  /** One target for each script; the first two options are for every one of them. */
  open(scripts: Script | readonly Script[], setup?: EdgeSetup & OriginOptions): Promise<Scene>;
  /** Ends the test, checks that every attempt has ended and was counted once, and returns the access log. */
  finish(scene: Scene): Promise<LogLine[]>;
}

/** Call inside `describe`: stops after each test what it has opened. */
export function edgeUnderTest(start: StartEdge): EdgeUnderTest {
  const edges: EdgeFixture[] = [];
  const origins: RawOrigin[] = [];
  afterEach(async () => {
    await Promise.all(edges.splice(0).map((edge) => edge.stop()));
    for (const origin of origins.splice(0)) origin.stop();
  });
  return {
    async open(scripts, setup = {}) {
      const opened: RawOrigin[] = [];
      for (const script of typeof scripts === "object" ? scripts : [scripts]) {
        const respond: Respond =
          typeof script === "string" ? (_request, connection) => connection.send(script) : script;
        opened.push(await RawOrigin.start(respond, setup));
      }
      origins.push(...opened);
      const edge = EdgeFixture.start(start, { targets: opened.map((origin) => origin.url), ...setup });
      edges.push(edge);
      const [origin] = opened;
      if (origin === undefined) throw new Error("a scene needs a target");
      return { edge, client: await edge.client(), origin, origins: opened };
    },
    async finish({ edge }) {
      edges.splice(edges.indexOf(edge), 1);
      return edge.finish();
    },
  };
}

/** The first request that a target got. */
export function firstRequest(origin: RawOrigin) {
  const [request] = origin.requests;
  if (request === undefined) throw new Error("the target got no request");
  return request;
}

/** Fields without those that the edge or the target's side adds by itself. */
export function withoutOwn(fields: readonly Field[]): Field[] {
  const own = new Set(["date", "via", "content-length", "transfer-encoding", "connection", "keep-alive"]);
  return fields.filter(([name]) => !own.has(name));
}

export const ok: string = okWith("hi");

/** Holds every request until `release`, then answers in the order they came. */
export function held() {
  const waiting: (() => void)[] = [];
  const respond: Respond = (_request, connection) => waiting.push(() => connection.send(ok));
  return { respond, waiting, release: () => waiting.shift()?.() };
}
