import type { ConfigInput } from "../balancer/config/schema.ts";
import { backendPort } from "./balancer-config.ts";
import type { Release } from "./parts/release.ts";
import type { Settings } from "./settings.ts";
import { configFile, type Service, userData } from "./user-data.ts";

/** The user-data of each kind of instance. */

/** A backend of `cluster`, which calls itself by its instance id. */
export function backendUserData(settings: Settings, release: Release, cluster: string): string {
  return userData({
    name: "backend",
    ...download(settings, release, "backend"),
    options: [...listen(backendPort), "--id ec2", `--cluster ${cluster}`],
    ready: `http://127.0.0.1:${backendPort}/health`,
  });
}

/** A balancer; `statusPort` is where its config has `/status`. */
export function balancerUserData(
  settings: Settings,
  release: Release,
  config: ConfigInput,
  statusPort: number,
  certificateSecret?: string,
): string {
  return userData({
    name: "balancer",
    ...download(settings, release, "balancer"),
    options: ["--config", configFile],
    ready: `http://127.0.0.1:${statusPort}/status`,
    config: JSON.stringify(config, null, 1),
    certificateSecret,
  });
}

/** The frontend of the prime matrix, which asks the balancer at `balancerAddress`. */
export function frontendUserData(settings: Settings, release: Release, balancerAddress: string): string {
  return userData({
    name: "frontend",
    ...download(settings, release, "backend"),
    options: ["--role frontend", `--balancer http://${balancerAddress}`, ...listen(80), "--id ec2"],
    ready: "http://127.0.0.1/health",
  });
}

const listen = (port: number) => ["--host 0.0.0.0", `--port ${port}`];

function download(settings: Settings, release: Release, program: "balancer" | "backend") {
  const { object, sha256 } = release.programs[program];
  return {
    region: settings.region,
    bucket: object.bucket,
    key: object.key,
    sha256,
  } satisfies Partial<Service>;
}
