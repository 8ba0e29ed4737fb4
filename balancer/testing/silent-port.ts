import { dlopen, ptr } from "bun:ffi";
import { connect } from "node:net";

const afInet = 2;
const sockStream = 1;
const addressBytes = 16;

/**
 * For tests: a port of 127.0.0.1 at which connections are neither accepted nor refused. Its queue is full: only the
 * system's own calls can make one so short.
 */
export async function silentPort(): Promise<{ readonly port: number; stop(): void }> {
  const libc = dlopen("libc.so.6", {
    socket: { args: ["int", "int", "int"], returns: "int" },
    bind: { args: ["int", "ptr", "int"], returns: "int" },
    listen: { args: ["int", "int"], returns: "int" },
    getsockname: { args: ["int", "ptr", "ptr"], returns: "int" },
    close: { args: ["int"], returns: "int" },
  });
  const { symbols } = libc;
  const fd = symbols.socket(afInet, sockStream, 0);
  const address = Buffer.alloc(addressBytes);
  address.writeUInt16LE(afInet, 0);
  address.set([127, 0, 0, 1], 4);
  const results = [symbols.bind(fd, ptr(address), addressBytes), symbols.listen(fd, 0)];
  const length = new Int32Array([addressBytes]);
  results.push(symbols.getsockname(fd, ptr(address), ptr(length)));
  if (fd < 0 || results.some((result) => result !== 0)) throw new Error("no port to listen on");
  const port = address.readUInt16BE(2);
  // A queue of length 0 holds one.
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const first = connect({ port, host: "127.0.0.1" }, resolve).once("error", reject);
  await promise;
  return {
    port,
    stop() {
      first.destroy();
      symbols.close(fd);
      libc.close();
    },
  };
}
