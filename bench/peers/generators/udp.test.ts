import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { success } from "../../outcome.ts";
import { findCompiler } from "../compile.ts";
import { withTestContext } from "../peers.fixture.ts";
import { withUdpOrigin } from "../udp-origin.ts";
import { compileUdpTools, type UdpTools, udpClosedLoop } from "./udp.ts";

const compiler = process.platform === "linux" ? findCompiler() : undefined;
const { signal } = new AbortController();
let scratch = "";
let tools: UdpTools = { load: "", echo: "" };

beforeAll(async () => {
  if (compiler === undefined) return;
  scratch = await mkdtemp(join(tmpdir(), "ballast-udp-"));
  const compiled = compileUdpTools(compiler, scratch);
  if (!compiled.ok) throw new Error(compiled.fault);
  tools = compiled.value;
});
afterAll(async () => {
  if (scratch !== "") await rm(scratch, { recursive: true });
});

describe.skipIf(compiler === undefined)(
  `the UDP tools${compiler === undefined ? ", skipped: no C compiler" : ""}`,
  () => {
    test("every datagram comes back from the servers, whatever its size", async () => {
      const counted = await withTestContext((context) =>
        withUdpOrigin(context, tools, 2, async ({ targets }) => {
          const loads = targets.map(({ port }, index) =>
            udpClosedLoop(tools, 3, 4, index === 0 ? 64 : 20_000).run(
              `udp://127.0.0.1:${port}/`,
              100,
              signal,
            ),
          );
          return success(await Promise.all(loads));
        }),
      );
      if (!counted.ok) throw new Error(counted.fault);
      for (const { answered, bad, wallMs } of counted.value) {
        expect(answered).toBeGreaterThan(12);
        expect(bad).toBe(0);
        expect(wallMs).toBeGreaterThanOrEqual(100);
      }
    });

    test("a wrong reply and none at all are bad", async () => {
      const server = await Bun.udpSocket({
        hostname: "127.0.0.1",
        socket: {
          data: (socket, bytes, port, address) => {
            // Of two clients one gets another one's number, and the other nothing.
            if (bytes[0] === 1) socket.send(Buffer.alloc(bytes.length, 7), port, address);
          },
          // The clients are gone when the last reply comes.
          error() {},
        },
      });
      const load = udpClosedLoop(tools, 2, 1, 8);
      const { answered, bad } = await load.run(`udp://127.0.0.1:${server.port}/`, 700, signal);
      server.close();
      expect(answered).toBeGreaterThan(1);
      // All of the one client's, and each of the other's that was given up meanwhile.
      expect(bad).toBeGreaterThan(answered);
    });
  },
);
