import { haproxyVersion } from "./haproxy.ts";
import { findExecutable, type Peer } from "./peer.ts";
import { confFile, fillTemplate } from "./template.ts";

/** HAProxy as a relay of TCP; with `splice`, bytes of both directions stay within the kernel. */
export function haproxyTcp({ splice = false } = {}): Peer {
  return {
    name: `HAProxy tcp leastconn${splice ? ", splice" : ""}`,
    program: "haproxy",
    find: () => findExecutable("haproxy"),
    version: haproxyVersion,
    launch: (executable, { port, targets, directory, logPort }) => {
      const servers = targets.map(({ id, port }) => `  server ${id} 127.0.0.1:${port}`).join("\n");
      const options = splice ? "  option splice-request\n  option splice-response" : "";
      const values = { port, balance: "leastconn", servers, logPort, options };
      return {
        files: { "haproxy.cfg": fillTemplate(confFile("haproxy-tcp.cfg"), values) },
        // -db: in the foreground, as one process.
        command: [executable, "-db", "-f", `${directory}/haproxy.cfg`],
      };
    },
  };
}
