/** The backend's command line: reads options, starts the server, stops it on a signal. */
import { hostname } from "node:os";
import { runCompletion } from "../command-line/completion.ts";
import { answerHealth } from "../containers/health-question.ts";
import { version } from "../package.json";
import { help, program } from "./command-line.ts";
import { startTcpEcho } from "./echo/tcp-echo.ts";
import { startUdpEcho } from "./echo/udp-echo.ts";
import { startFrontend } from "./frontend/frontend.ts";
import { ec2InstanceId } from "./identity.ts";
import { loadProfile } from "./machine/load-profile.ts";
import type { Machine } from "./machine/machine.ts";
import { modelledMachine } from "./machine/modelled-machine.ts";
import { seededRandom } from "./machine/random.ts";
import { realMachine } from "./machine/real-machine.ts";
import { systemScheduler } from "./machine/scheduler.ts";
import { parseCommandLine, type RunOptions } from "./options.ts";
import { Registration } from "./register/registration.ts";
import { type Result, succeed } from "./result.ts";
import type { Instance } from "./routes/greeting.ts";
import { type Backend, startBackend } from "./server.ts";

const cannotStart = 1;
const badUsage = 2;

async function main(): Promise<void> {
  const [first, ...rest] = process.argv.slice(2);
  if (first === "completion") {
    process.exitCode = runCompletion(rest, program);
    return;
  }
  const command = parseCommandLine(process.argv.slice(2));
  if (!command.ok) return giveUp([...command.faults, "try backend --help"], badUsage);
  if ("print" in command.value) {
    process.stdout.write(command.value.print === "help" ? help : `backend ${version}\n`);
    return;
  }
  if ("health" in command.value) {
    process.exitCode = await answerHealth(command.value.health, (line) => console.error(`backend: ${line}`));
    return;
  }
  const started = await start(command.value.run);
  if (!started.ok) giveUp(started.faults, cannotStart);
}

async function start(options: RunOptions): Promise<Result<Backend>> {
  const machine = machineFor(options);
  if (!machine.ok) return machine;
  const id = await resolveId(options.id);
  if (!id.ok) return id;
  const instance = {
    id: id.value,
    cluster: options.cluster,
    name: process.env.NAME || id.value,
    hostname: hostname(),
  };
  const backend = await serve(options, instance, machine.value);
  if (!backend.ok) return backend;
  const registration = register(options, backend.value.port);
  // Whoever reads the line may send a signal at once.
  stopOnSignal(backend.value, registration);
  const { origin: url } = backend.value;
  console.log(
    options.json
      ? JSON.stringify({ id: id.value, url, pid: process.pid })
      : `backend ${id.value} listening on ${url}`,
  );
  return backend;
}

async function serve(options: RunOptions, instance: Instance, machine: Machine): Promise<Result<Backend>> {
  const { role, protocol, host, port, balancer } = options;
  if (balancer !== undefined) return startFrontend(host, port, balancer);
  if (role === "http") return startBackend(host, port, instance, machine);
  return protocol === "udp" ? await startUdpEcho(host, port) : startTcpEcho(host, port);
}

/** Only once the server listens: the balancer may send clients at once. */
function register({ register: balancer, ...options }: RunOptions, port: number): Registration | undefined {
  if (balancer === undefined) return undefined;
  return new Registration({
    ...options,
    balancer,
    port,
    token: process.env.BALLAST_TOKEN,
    scheduler: systemScheduler,
    random: seededRandom(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0),
    log: (line) => console.error(`backend: ${line}`),
  });
}

function machineFor({ profile, seed }: RunOptions): Result<Machine> {
  if (profile === undefined) return succeed(realMachine());
  const loaded = loadProfile(profile);
  if (!loaded.ok) return loaded;
  const random = seededRandom(seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
  return succeed(modelledMachine(loaded.value, systemScheduler, random));
}

async function resolveId(id: string | undefined): Promise<Result<string>> {
  // The variable is the one that AWS's own tools know.
  if (id === "ec2") return await ec2InstanceId(process.env.AWS_EC2_METADATA_SERVICE_ENDPOINT);
  return succeed(id ?? hostname());
}

/** The first signal has the balancer send no more clients and lets open requests finish, a second one does not wait. */
function stopOnSignal(backend: Backend, registration: Registration | undefined): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) process.exit(cannotStart);
    stopping = true;
    await registration?.stop();
    await backend.stop();
    process.exit(0);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

function giveUp(faults: readonly string[], exitCode: number): void {
  for (const fault of faults) console.error(`backend: ${fault}`);
  process.exitCode = exitCode;
}

await main();
