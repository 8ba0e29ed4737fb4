import { expect, test } from "bun:test";
import { startBalancer } from "../../balancer.ts";
import { parseConfig } from "../../config/load.ts";
import { okWith, RawOrigin } from "../../testing/raw-origin.ts";
import { stopAfterEach } from "../../testing/stop-after-each.ts";
import type { LiveHistory, LiveState } from "./live-messages.ts";

const started = stopAfterEach();

test.each([1, 2])("with %d workers, the stream tells the last minutes, then each second", async (workers) => {
  const origin = started(await RawOrigin.start((_, connection) => connection.send(okWith("hi"))));
  const text = JSON.stringify({
    listeners: [{ name: "l", protocol: "http", listen: "127.0.0.1:0", routes: [{ group: "g" }] }],
    groups: { g: { health: false, targets: [{ id: "t", url: origin.url }] } },
    admin: { listen: "127.0.0.1:0" },
    workers,
  });
  const loaded = parseConfig(text, "lb.json");
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  const balancer = started(await startBalancer(loaded.config, () => {}));
  const response = await fetch(`${balancer.admin}/live`);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  await (await fetch(`${balancer.listeners[0]?.url}/`)).text();

  const events = readEvents(response);
  const { value: first } = await events.next();
  expect(first?.name).toBe("history");
  const history = first?.data as LiveHistory | undefined;
  expect(history?.groups).toMatchObject([{ name: "g", targets: [{ id: "t" }] }]);
  for await (const { name, data } of events) {
    expect(name).toBe("state");
    const [target] = (data as LiveState).groups[0]?.targets ?? [];
    if (target?.requestsPerSecond === null || target?.requestsPerSecond === 0) continue;
    expect(target).toMatchObject({ id: "t", state: "healthy", inFlight: 0, share: 1 });
    expect(target?.p99Ms).toBeGreaterThan(0);
    break;
  }
});

async function* readEvents(response: Response) {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of response.body ?? []) {
    const events = (text + decoder.decode(part, { stream: true })).split("\n\n");
    text = events.pop() ?? "";
    for (const event of events) {
      const [, name = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
      yield { name, data: JSON.parse(data) as unknown };
    }
  }
}
