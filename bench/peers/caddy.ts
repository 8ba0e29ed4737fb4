import { findExecutable, type Peer, versionFrom } from "./peer.ts";
import { confFile, fillTemplate } from "./template.ts";

/** `policy` as in `lb_policy`. */
export function caddy(policy: "least_conn"): Peer {
  return {
    name: `Caddy ${policy}`,
    program: "caddy",
    find: () => findExecutable("caddy"),
    version: (executable) => versionFrom([executable, "version"], /^v?(\d[\d.]*)/),
    launch: (executable, { port, targets, directory, certificate }) => {
      const addresses = targets.map((target) => `127.0.0.1:${target.port}`).join(" ");
      const scheme = certificate === undefined ? "http" : "https";
      const tls = certificate === undefined ? "" : `\ttls ${directory}/cert.pem ${directory}/key.pem`;
      const values = { port, directory, policy, targets: addresses, scheme, tls };
      return {
        files: {
          Caddyfile: fillTemplate(confFile("Caddyfile"), values),
          ...(certificate && { "cert.pem": certificate.cert, "key.pem": certificate.key }),
        },
        // Caddy saves its config in the user's directory, which is not ours to write to.
        command: [
          ...["env", `XDG_CONFIG_HOME=${directory}`, `XDG_DATA_HOME=${directory}`],
          ...[executable, "run", "--adapter", "caddyfile", "--config", `${directory}/Caddyfile`],
        ],
      };
    },
  };
}
