import { expect, test } from "bun:test";
import { join } from "node:path";
import type { StatusDocument } from "../observe/status.ts";
import { BalancerProcess } from "../testing/balancer-process.ts";
import { until } from "../testing/until.ts";
import { openClient, startEcho } from "./udp.fixture.ts";

/** Enough for the program itself, and for some of the sessions. */
const openFiles = 40;
const clientCount = 100;

test("without open files the oldest sessions make room, and nothing stays behind", async () => {
  const echo = await startEcho("a");
  const config = {
    listeners: [
      { name: "udp", protocol: "udp", listen: "127.0.0.1:0", group: "udp", idleTimeout: "400ms" },
      { name: "web", protocol: "http", listen: "127.0.0.1:0", status: "/status", routes: [{ group: "web" }] },
    ],
    groups: {
      udp: { policy: "round-robin", targets: [{ url: `udp://127.0.0.1:${echo.port}` }] },
      web: { targets: [{ url: "http://127.0.0.1:1" }], health: false },
    },
  };
  const program = `'${process.execPath}' '${join(import.meta.dir, "..", "main.ts")}'`;
  const balancer = BalancerProcess.start(
    ["-c", `ulimit -n ${openFiles} && exec ${program} --config lb.json`],
    { "lb.json": JSON.stringify(config) },
    "sh",
  );
  const portOf = (name: string) =>
    until(
      `listener ${name}`,
      () => new RegExp(`^listener ${name} on \\S+:(\\d+)$`, "m").exec(balancer.stdout)?.[1],
    );
  const [udp, web] = [Number(await portOf("udp")), Number(await portOf("web"))];
  const clients = await Promise.all(Array.from({ length: clientCount }, () => openClient(udp)));
  try {
    const [half, rest] = [clients.slice(0, clientCount / 2), clients.slice(clientCount / 2)];
    for (const each of half) each.send("x");
    // Some had to be refused: there are not so many files.
    await until("a reply", () => half.some(({ received }) => received.length > 0));
    for (const each of rest) each.send("x");
    const status = await until("the sessions' end", async () => {
      // Without open files it can't be connected to either.
      const answer = await fetch(`http://127.0.0.1:${web}/status`, {
        signal: AbortSignal.timeout(1000),
      }).catch(() => undefined);
      const document = (await answer?.json()) as StatusDocument | undefined;
      return document?.udp?.udp?.sessions === 0 && document.udp.udp.sessionsBegun > 0 ? document : undefined;
    });
    const { sessionsBegun = 0, sessionsEvicted, dropped, datagramsOut = 0 } = status.udp?.udp ?? {};
    expect(sessionsBegun).toBe(clientCount);
    expect(sessionsEvicted).toBeGreaterThan(0);
    expect(dropped?.noSocket).toBe(clientCount - datagramsOut);
    expect(datagramsOut).toBeGreaterThan(0);
    expect(status.groups.udp?.targets).toMatchObject([{ inFlight: 0, requests: clientCount, failures: 0 }]);
    expect(await clients[0]?.ask("y")).toBe("ay");
  } finally {
    await balancer.stop();
    for (const each of [...clients, echo]) each.close();
  }
}, 15_000);
