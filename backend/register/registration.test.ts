import { afterEach, expect, test } from "bun:test";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { VirtualScheduler } from "../machine/virtual-scheduler.ts";
import { Registration, type RegistrationOptions } from "./registration.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

const register = { cmd: "register", protocol: "tcp", port: 9000 };

/** A balancer that says what it is told to, and hears what comes. */
async function startBalancer() {
  const sockets: Socket[] = [];
  const heard: unknown[] = [];
  let wake = () => {};
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      for (const line of text.trimEnd().split("\n")) heard.push(JSON.parse(line));
      wake();
    });
    socket.on("error", () => {});
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  cleanups.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    /** The next message that comes. */
    async next(): Promise<unknown> {
      while (heard.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return heard.shift();
    },
    say(...messages: readonly (object | string)[]) {
      for (const message of messages)
        sockets.at(-1)?.write(typeof message === "string" ? message : JSON.stringify(message));
    },
  };
}

function start(port: number, more: Partial<RegistrationOptions> = {}) {
  const scheduler = new VirtualScheduler();
  const log: string[] = [];
  let wake = () => {};
  const registration = new Registration({
    balancer: { host: "127.0.0.1", port },
    protocol: "tcp",
    host: "127.0.0.1",
    port: 9000,
    id: undefined,
    token: undefined,
    scheduler,
    random: () => 1,
    log: (line) => {
      log.push(line);
      wake();
    },
    ...more,
  });
  cleanups.push(() => void registration.stop());
  /** The next line for people. */
  const logged = async () => {
    while (log.length === 0)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    return log.shift();
  };
  return { registration, scheduler, logged };
}

test("registers, and answers hello, also when it comes in pieces or with others", async () => {
  const balancer = await startBalancer();
  const { logged } = start(balancer.port);
  expect(await balancer.next()).toEqual(register);
  balancer.say({ ack: "successful" });
  expect(await logged()).toBe(`registered with 127.0.0.1:${balancer.port} for tcp port 9000`);
  balancer.say('{"cmd":"hello"}{"cmd"');
  expect(await balancer.next()).toEqual({ ack: "hello" });
  balancer.say(':"hello"}');
  expect(await balancer.next()).toEqual({ ack: "hello" });
});

test("gives its name and the token where it has them, and calls from its own address", async () => {
  const balancer = await startBalancer();
  start(balancer.port, { id: "i-1", token: "secret", host: "127.0.0.9" });
  expect(await balancer.next()).toEqual({ ...register, id: "i-1", token: "secret" });
  expect(balancer.sockets[0]?.remoteAddress).toBe("127.0.0.9");
});

test("comes back after a lost connection, later after each failure, and at once again after a success", async () => {
  const balancer = await startBalancer();
  const { scheduler, logged } = start(balancer.port);
  const where = `127.0.0.1:${balancer.port}`;
  for (const delayMs of [250, 500]) {
    await balancer.next();
    balancer.sockets.at(-1)?.end();
    expect(await logged()).toBe(
      `not registered with ${where}: the connection was closed; next try in ${delayMs} ms`,
    );
    scheduler.runUntil(scheduler.now() + delayMs);
  }
  await balancer.next();
  balancer.say({ ack: "successful" });
  expect(await logged()).toStartWith("registered ");
  balancer.sockets.at(-1)?.end();
  expect(await logged()).toEndWith("next try in 250 ms");
});

test("says why it was refused, and tries again", async () => {
  const balancer = await startBalancer();
  const { scheduler, logged } = start(balancer.port);
  await balancer.next();
  balancer.say({ ack: "failed", msg: "tcp/9000 can't be opened: EADDRINUSE" });
  expect(await logged()).toBe(`127.0.0.1:${balancer.port} refuses: tcp/9000 can't be opened: EADDRINUSE`);
  expect(await logged()).toEndWith("next try in 250 ms");
  scheduler.runUntil(250);
  expect(await balancer.next()).toEqual(register);
});

test("unregisters when it stops, and waits for the word that no more clients come", async () => {
  const balancer = await startBalancer();
  const { registration, logged } = start(balancer.port);
  await balancer.next();
  balancer.say({ ack: "successful" });
  await logged();
  const stopped = registration.stop();
  expect(await balancer.next()).toEqual({ ...register, cmd: "unregister" });
  balancer.say({ ack: "successful" });
  await stopped;
});

test("does not wait for a balancer that doesn't answer", async () => {
  const balancer = await startBalancer();
  const { registration, scheduler, logged } = start(balancer.port);
  await balancer.next();
  balancer.say({ ack: "successful" });
  await logged();
  const stopped = registration.stop();
  await balancer.next();
  scheduler.runUntil(1000);
  await stopped;
});
