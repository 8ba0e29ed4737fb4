import { expect, test } from "bun:test";
import { systemClock } from "../cluster/clock.ts";
import { VirtualClock } from "../cluster/virtual-clock.ts";
import { configSchema } from "../config/schema.ts";
import { Service } from "../http/service/service.ts";
import type { TryAnswer } from "../observe/try-messages.ts";
import { RawOrigin } from "../testing/raw-origin.ts";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { until } from "../testing/until.ts";
import { tryRequest } from "./try-request.ts";

const started = stopAfterEach();

test.each([
  ["that is quick", "x".repeat(20_000)],
  ["that is slow", "x"],
])("of an answer without end, %s, the beginning is kept, and the target is left", async (_what, part) => {
  const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
  const origin = started(await RawOrigin.start((_, connection) => connection.send(`${head}${part}`)));
  const { listeners, groups } = configSchema.parse({
    listeners: [{ name: "web", protocol: "http", listen: ":0", routes: [{ group: "g" }] }],
    groups: { g: { health: false, targets: [{ url: origin.url }] } },
  });
  const [listener] = listeners;
  if (listener?.protocol !== "http" || groups.g === undefined) throw new Error("a listener and g expected");
  const service = new Service("g", groups.g, { clock: systemClock, onStateChange() {} });
  const clock = new VirtualClock();
  const asked = { listener: "web", method: "GET", path: "/", host: "h" };
  let answer: TryAnswer | undefined;
  void tryRequest(asked, listener, new Map([["g", service]]), clock).then((told) => {
    answer = told;
  });
  await until("it is told", () => {
    if (part.length === 1) clock.advance(100);
    return answer;
  });
  expect(answer).toMatchObject({ status: 200, isCut: true, content: part.slice(0, 16_384) });
  await until("the target is left", () => origin.open === 0);
  service.stop();
});
