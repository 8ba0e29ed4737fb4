import { findExecutable, type Peer, versionFrom } from "./peer.ts";
import { confFile, fillTemplate } from "./template.ts";

/** `balance` as in a `backend` section; with `splice`, answers stay within the kernel. */
export function haproxy(balance: "leastconn", { splice = false } = {}): Peer {
  return {
    name: `HAProxy ${balance}${splice ? ", splice" : ""}`,
    program: "haproxy",
    find: () => findExecutable("haproxy"),
    version: haproxyVersion,
    launch: (executable, { port, targets, directory, logPort, certificate }) => {
      const servers = targets.map(({ id, port }) => `  server ${id} 127.0.0.1:${port}`).join("\n");
      const tls = certificate === undefined ? "" : ` ssl crt ${directory}/both.pem alpn h2,http/1.1`;
      const options = splice ? "  option splice-response" : "";
      const values = { port, balance, servers, logPort, tls, options };
      return {
        files: {
          "haproxy.cfg": fillTemplate(confFile("haproxy.cfg"), values),
          // It wants both in one file.
          ...(certificate && { "both.pem": `${certificate.cert}\n${certificate.key}` }),
        },
        // -db: in the foreground, as one process.
        command: [executable, "-db", "-f", `${directory}/haproxy.cfg`],
      };
    },
  };
}

export function haproxyVersion(executable: string): string {
  return versionFrom([executable, "-v"], /version ([\d.]+)/);
}
