import { describe, expect, test } from "bun:test";
import { stopAfterEach } from "../testing/stop-after-each.ts";
import { ControlFixture, failed, registering, successful, unregistering } from "./control.fixture.ts";

const started = stopAfterEach();
let fixture: ControlFixture;
const start = (...options: ConstructorParameters<typeof ControlFixture>) => {
  fixture = started(new ControlFixture(...options));
  return fixture;
};

describe("register", () => {
  test("opens the port for the first server, and shares it with the others", async () => {
    const { opened } = start();
    const [one, two] = [await fixture.client("127.0.0.2"), await fixture.client("127.0.0.3")];
    expect(await one.ask(registering(80))).toEqual(successful);
    expect(await two.ask(registering(80, { id: "i-2", weight: 3 }))).toEqual(successful);
    expect(fixture.states).toEqual(["tcp/80: 127.0.0.2:80 i-2"]);
    expect(opened.length).toBe(1);
    expect(opened[0]?.group.targets.map(({ url, weight }) => [url, weight])).toEqual([
      ["tcp://127.0.0.2:80", 1],
      ["tcp://127.0.0.3:80", 3],
    ]);
  });

  test("keeps protocols apart; api servers are reached by http", async () => {
    const { opened } = start();
    const client = await fixture.client("127.0.0.2");
    for (const protocol of ["tcp", "udp", "api"])
      expect(await client.ask(registering(80, { protocol }))).toEqual(successful);
    expect(opened.map(({ group }) => group.targets[0]?.url)).toEqual([
      "tcp://127.0.0.2:80",
      "udp://127.0.0.2:80",
      "http://127.0.0.2:80",
    ]);
  });

  test("takes the policy of the first server, or the configured one", async () => {
    const { opened } = start({ policy: { name: "ewma", decay: "3s" } });
    const client = await fixture.client();
    await client.ask(registering(80));
    await client.ask(registering(81, { policy: "round-robin" }));
    await client.ask(registering(82, { policy: "ewma" }));
    expect(opened.map(({ request }) => request.policy)).toMatchObject([
      { name: "ewma", decayMs: 3000 },
      { name: "round-robin" },
      { name: "ewma", decayMs: 3000 },
    ]);
    expect(await (await fixture.client("127.0.0.2")).ask(registering(81, { policy: "random" }))).toEqual(
      failed('policy: found "random", expected "round-robin", which tcp/81 has already'),
    );
  });

  test("a second time is no fault, but with another weight or name it is", async () => {
    start();
    const client = await fixture.client("127.0.0.2");
    await client.ask(registering(80, { weight: 2 }));
    expect(await client.ask(registering(80, { weight: 2 }))).toEqual(successful);
    expect(await client.ask(registering(80))).toEqual(
      failed(
        "found id 127.0.0.2:80 and weight 1, expected 127.0.0.2:80 and 2 as registered, or unregister first",
      ),
    );
    expect(fixture.states).toEqual(["tcp/80: 127.0.0.2:80"]);
    await client.ask(unregistering(80));
    expect(fixture.states).toEqual([]);
  });

  test("refuses a name that another server of the port has", async () => {
    start();
    await (await fixture.client("127.0.0.2")).ask(registering(80, { id: "a" }));
    expect(await (await fixture.client("127.0.0.3")).ask(registering(80, { id: "a" }))).toEqual(
      failed('id: found "a", which another server of tcp/80 has, expected another'),
    );
  });

  test("of a port that is not free fails with the reason, and leaves nothing over", async () => {
    const { taken } = start();
    taken.add("tcp/80");
    const client = await fixture.client();
    expect(await client.ask(registering(80))).toEqual(failed("tcp/80 can't be opened: EADDRINUSE"));
    expect(fixture.states).toEqual([]);
    taken.clear();
    expect(await client.ask(registering(80))).toEqual(successful);
  });

  test("takes only ports of the configured range", async () => {
    start({ ports: "1024-2000" });
    const client = await fixture.client();
    for (const port of [1023, 2001])
      expect(await client.ask(registering(port))).toEqual(
        failed(`port: found ${port}, expected one from 1024 to 2000`),
      );
    expect(await client.ask(registering(2000))).toEqual(successful);
  });

  test("takes only so many servers", async () => {
    start({ maxServers: 2 });
    const client = await fixture.client();
    await client.ask(registering(80));
    await client.ask(registering(81));
    expect(await client.ask(registering(82))).toEqual(
      failed("found 2 servers registered, expected fewer than 2"),
    );
    await client.ask(unregistering(80));
    expect(await client.ask(registering(82))).toEqual(successful);
  });

  test("gives no clients to a server at whose address the opened port itself is reached", async () => {
    const { opened, log } = start({ bind: "0.0.0.0" });
    const client = await fixture.client("127.0.0.2");
    expect(await client.ask(registering(80))).toEqual(successful);
    expect(opened[0]?.group.targets).toEqual([]);
    expect(log).toContain(
      "control: tcp/80: server 127.0.0.2:80 registered: gets no clients, as the balancer itself has that port of that address",
    );
    expect(await client.ask(unregistering(80))).toEqual(successful);
    expect(fixture.states).toEqual([]);
  });
});

describe("unregister", () => {
  test("of the last server closes the port, and the next registration opens it again", async () => {
    const { opened } = start();
    const client = await fixture.client();
    await client.ask(registering(80));
    expect(await client.ask(unregistering(80))).toEqual(successful);
    expect([opened[0]?.isDraining, fixture.states]).toEqual([true, []]);
    expect(await client.ask(registering(80))).toEqual(successful);
    expect(opened.map(({ isDraining }) => isDraining)).toEqual([true, false]);
  });

  test("of what this connection has not registered fails", async () => {
    start();
    const [one, two] = [await fixture.client("127.0.0.2"), await fixture.client("127.0.0.3")];
    await one.ask(registering(80));
    expect(await two.ask(unregistering(80))).toEqual(
      failed("found tcp/80, expected a port that was registered on this connection"),
    );
    expect(await one.ask(unregistering(80, { protocol: "udp" }))).toMatchObject({ ack: "failed" });
    expect(fixture.states).toEqual(["tcp/80: 127.0.0.2:80"]);
  });
});
