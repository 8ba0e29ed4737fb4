import { join } from "node:path";
import { haproxyVersion } from "../peers/haproxy.ts";
import { nginxVersion } from "../peers/nginx.ts";
import { findExecutable, type Peer, versionFrom } from "../peers/peer.ts";
import { fillTemplate } from "../peers/template.ts";

const conf = join(import.meta.dir, "conf");

/** Ours first; each with the settings that its manual has against failing servers. */
export function faultProxies(balancer: string): readonly Peer[] {
  return [ballastResilient(balancer), nginxResilient, haproxyResilient];
}

/** The keys of a group that fails over quickly, as users would write them. */
const resilientGroup = {
  policy: "ewma",
  health: { path: "/health", interval: "500ms", timeout: "500ms", unhealthyAfter: 2 },
  connectTimeout: "1s",
  retry: {
    attempts: 3,
    on: ["connect-failure", "reset", "timeout", "invalid-answer", "5xx"],
    perTryTimeout: "1s",
  },
} as const;

function resilientConfig(
  port: number,
  targets: readonly { readonly id: string; readonly port: number }[],
): object {
  return {
    listeners: [
      { name: "public", protocol: "http", listen: `127.0.0.1:${port}`, routes: [{ group: "targets" }] },
    ],
    groups: {
      targets: {
        ...resilientGroup,
        targets: targets.map((target) => ({ id: target.id, url: `http://127.0.0.1:${target.port}` })),
      },
    },
  };
}

function ballastResilient(executable: string): Peer {
  return {
    name: "Ballast ewma",
    program: "ballast",
    find: () => executable,
    version: () => versionFrom([executable, "--version"], /(\d[\w.+-]*)/),
    launch: (_executable, { port, targets, directory }) => ({
      files: { "lb.json": JSON.stringify(resilientConfig(port, targets), null, 2) },
      command: [executable, "--config", `${directory}/lb.json`],
    }),
  };
}

const nginxResilient: Peer = {
  name: "nginx least_conn",
  program: "nginx",
  find: () => findExecutable("nginx"),
  version: nginxVersion,
  launch: (executable, { port, targets, directory }) => {
    const servers = targets
      .map((target) => `    server 127.0.0.1:${target.port} max_fails=2 fail_timeout=2s;`)
      .join("\n");
    return {
      files: { "nginx.conf": fillTemplate(join(conf, "nginx.conf"), { port, directory, servers }) },
      command: ["sh", join(conf, "nginx.sh"), executable, directory],
    };
  },
};

const haproxyResilient: Peer = {
  name: "HAProxy leastconn",
  program: "haproxy",
  find: () => findExecutable("haproxy"),
  version: haproxyVersion,
  launch: (executable, { port, targets, directory }) => {
    const servers = targets.map(({ id, port }) => `  server ${id} 127.0.0.1:${port}`).join("\n");
    return {
      files: { "haproxy.cfg": fillTemplate(join(conf, "haproxy.cfg"), { port, servers }) },
      // -W: a master that can reload, -db: in the foreground.
      command: [executable, "-W", "-db", "-f", `${directory}/haproxy.cfg`],
    };
  },
};
