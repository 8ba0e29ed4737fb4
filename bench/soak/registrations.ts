import { failure, type Outcome, success } from "../outcome.ts";

export interface RegistrationPlan {
  /** Of the control channel, on 127.0.0.1. */
  readonly controlPort: number;
  /** Registered and unregistered over and over, each over a control connection of its own. */
  readonly ports: readonly number[];
  /** Over all ports. */
  readonly cycles: number;
  readonly signal: AbortSignal;
  readonly onProgress: (share: number) => void;
}

/** What the balancer may say; a hello wants an answer of its own. */
interface Message {
  readonly cmd?: string;
  readonly ack?: string;
  readonly msg?: string;
}

/** Registers and unregisters in turns; a fault in the balancer's words when it refuses. */
export async function registerOverAndOver(plan: RegistrationPlan): Promise<Outcome<void>> {
  let left = plan.cycles;
  const take = () => {
    if (left === 0 || plan.signal.aborted) return false;
    left--;
    if (left % 100 === 0) plan.onProgress(1 - left / plan.cycles);
    return true;
  };
  const ended = await Promise.all(plan.ports.map((port) => cycle(plan.controlPort, port, take)));
  plan.signal.throwIfAborted();
  return ended.find(({ ok }) => !ok) ?? success(undefined);
}

/** One connection's cycles, as many as `take` grants. */
function cycle(controlPort: number, port: number, take: () => boolean): Promise<Outcome<void>> {
  return new Promise((resolve) => {
    let text = "";
    let isRegistered = false;
    const message = (cmd: string) => `${JSON.stringify({ cmd, protocol: "tcp", port })}\n`;
    const connecting = Bun.connect({
      hostname: "127.0.0.1",
      port: controlPort,
      socket: {
        open(socket) {
          if (take()) socket.write(message("register"));
          else socket.end();
        },
        data(socket, bytes) {
          text += bytes.toString();
          const lines = text.split("\n");
          text = lines.pop() ?? "";
          for (const line of lines) answer(socket, JSON.parse(line) as Message, line);
        },
        close: () => resolve(success(undefined)),
      },
    });
    const answer = (socket: Bun.Socket<undefined>, { cmd, ack }: Message, line: string) => {
      if (cmd === "hello") {
        socket.write('{"ack":"hello"}\n');
        return;
      }
      if (ack !== "successful") {
        resolve(failure(`tcp/${port}: the balancer answered ${line}`));
        socket.end();
        return;
      }
      isRegistered = !isRegistered;
      if (isRegistered) socket.write(message("unregister"));
      else if (take()) socket.write(message("register"));
      else socket.end();
    };
    connecting.catch((error: Error) => resolve(failure(`control channel: ${error.message}`)));
  });
}
