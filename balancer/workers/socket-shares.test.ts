import { expect, test } from "bun:test";
import { parseConfig } from "../config/load.ts";
import type { ListeningSocket } from "../sockets/listening.ts";
import { shareOfDatagrams, shareOfSockets } from "./socket-shares.ts";

function config() {
  const tls = { cert: "c.pem", key: "k.pem" };
  const routes = [{ group: "g" }];
  const loaded = parseConfig(
    JSON.stringify({
      listeners: [
        { name: "a", protocol: "http", listen: "127.0.0.1:1001", http3: true, tls, routes },
        { name: "u", protocol: "udp", listen: "127.0.0.1:1002", group: "u" },
      ],
      groups: {
        g: { targets: [{ url: "http://127.0.0.1:1" }] },
        u: { targets: [{ url: "udp://127.0.0.1:1" }] },
      },
    }),
    "lb.json",
  );
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  return loaded.config;
}

const socket = (fd: number, transport: "tcp" | "udp", port = 1001): ListeningSocket => ({
  fd,
  transport,
  hostname: "127.0.0.1",
  port,
});

/** The descriptors that each of so many workers has. */
function shares(of: typeof shareOfSockets, sockets: readonly ListeningSocket[], workers: number) {
  return Array.from({ length: workers }, (_, index) =>
    of(sockets, config(), workers, index + 1).map(({ fd }) => fd),
  );
}

test.each([
  [[3, 4], 2, [[3], [4]]],
  [[3, 4, 5], 2, [[3, 5], [4]]],
  [[3], 3, [[3], [3], [3]]],
  [[3, 4], 3, [[3], [4], [3]]],
  [[], 2, [[], []]],
])(
  "each of the TCP sockets %p has one of %p workers, and each worker one of them",
  (fds, workers, expected) => {
    const tcp = fds.map((fd) => socket(fd, "tcp"));
    expect(shares(shareOfSockets, [...tcp, socket(9, "udp", 1002)], workers)).toEqual(expected);
  },
);

test.each([
  [[3, 4], 2, [[3], [4]]],
  [[3, 4, 5], 2, [[3, 5], [4]]],
  [[3], 3, [[3], [], []]],
])("each of the UDP sockets %p has one of %p workers alone", (fds, workers, expected) => {
  const udp = fds.map((fd) => socket(fd, "udp"));
  expect(shares(shareOfDatagrams, [...udp, socket(9, "udp", 1002)], workers)).toEqual(expected);
});
