import { expect, test } from "bun:test";
import { type ClientHttp2Session, connect } from "node:http2";
import { VirtualClock } from "../../cluster/virtual-clock.ts";
import { createAuthority, issue } from "../../testing/certificates.ts";
import { EdgeFixture, type EdgeSetup } from "../../testing/edge-fixture.ts";
import { okWith, RawOrigin } from "../../testing/raw-origin.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import { until } from "../../testing/until.ts";
import { startServeEdge } from "./serve-edge.ts";

const opened = stopAfterEach();

/** A listener whose `/early` goes to a target that answers before it has the body. */
async function start(setup: EdgeSetup = {}, respondAt: "end" | "head" = "head") {
  const authority = await createAuthority();
  const certificate = { ...(await issue(authority, "localhost", "127.0.0.1")), serverName: undefined };
  const origin = await RawOrigin.start((_request, connection) => connection.send(okWith("early")), {
    respondAt,
  });
  const edge = EdgeFixture.start(startServeEdge, {
    targets: [origin.url],
    certificates: [certificate],
    listener: { http2: true, routes: [{ path: "/early", group: "g" }] },
    ...setup,
  });
  const session = connect(`https://localhost:${edge.port}`, { ca: authority.cert });
  opened(origin);
  opened(edge);
  opened({ stop: () => session.destroy() });
  return { origin, edge, session };
}

/** A request whose body is not whole yet, and the status of its answer. */
function beginUpload(session: ClientHttp2Session, path: string, fields?: Record<string, string>) {
  const stream = session.request({ ":method": "POST", ":path": path, ...fields });
  const status = Promise.withResolvers<number | undefined>();
  stream.on("response", (head) => status.resolve(head[":status"]));
  stream.resume();
  stream.write("the first part");
  return { stream, status: status.promise };
}

/** What the edge has sent before its reply is here, too. */
function pinged(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => {
    session.ping((error) => (error === null ? resolve() : reject(error)));
  });
}

for (const [whose, path, status] of [
  ["a target", "/early", 200],
  ["the balancer", "/elsewhere", 404],
] as const) {
  test(`${whose} that answers early resets no stream on which the request still comes`, async () => {
    const { origin, edge, session } = await start();
    const upload = beginUpload(session, path);
    if (whose === "a target") await until("it is asked", () => origin.connections.length === 1);
    await edge.inFlight(0);
    await pinged(session);
    expect(upload.stream.closed).toBe(false);
    upload.stream.end("the rest");
    expect(await upload.status).toBe(status);
  });
}

test("a body that is too large gets 413 once it has come, with a length and without", async () => {
  const listener = { http2: true, maxBodyBytes: 20, routes: [{ path: "/", group: "g" }] };
  for (const length of [undefined, { "content-length": "22" }]) {
    const { edge, session } = await start({ listener }, "end");
    const upload = beginUpload(session, "/", length);
    await pinged(session);
    upload.stream.end("the rest");
    expect(await upload.status).toBe(413);
    await edge.inFlight(0);
  }
});

test("an early answer waits 2 s at most for the end of its request", async () => {
  const clock = new VirtualClock();
  const { session } = await start({ clock });
  const upload = beginUpload(session, "/elsewhere");
  await pinged(session);
  clock.advance(1900);
  await pinged(session);
  expect(upload.stream.closed).toBe(false);
  clock.advance(200);
  expect(await upload.status).toBe(404);
});
