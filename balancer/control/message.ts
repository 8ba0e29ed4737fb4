import { z } from "zod";
import { type FieldPath, faultsOf, formatPath } from "../config/fault.ts";
import type { PolicyName } from "../policy/options.ts";
import { policyNames } from "../policy/registry.ts";

/** What a server may say over the control channel, and what it is answered. docs/control.md is the reference. */

/** `api` is HTTP, balanced request by request. */
export type ControlProtocol = "tcp" | "udp" | "api";

/** A port that clients use; servers register for it. */
export interface PortName {
  readonly protocol: ControlProtocol;
  readonly port: number;
}

export interface Registration extends PortName {
  /** Share of traffic relative to the port's other servers; > 0. */
  readonly weight: number;
  /** Its name among the port's servers; address and port when left out. */
  readonly id?: string | undefined;
  /** How the port's servers are chosen; what the port has, or the configured one, when left out. */
  readonly policy?: PolicyName | undefined;
  readonly token?: string | undefined;
}

export type Message =
  | { readonly kind: "register"; readonly registration: Registration }
  | { readonly kind: "unregister"; readonly name: PortName }
  | { readonly kind: "hello" };

export type ReadMessage =
  | { readonly ok: true; readonly message: Message }
  /** A line for people: what was found, and what was expected. */
  | { readonly ok: false; readonly fault: string };

/** What the balancer sends. */
export type Reply =
  | { readonly ack: "successful" }
  | { readonly ack: "failed"; readonly msg: string }
  | { readonly cmd: "hello" };

/** A server that registers does not say which instance it is. */
const registrablePolicies = policyNames.filter((name) => name !== "cloudwatch");

const highestPort = 65_535;
const aPort = `a whole number from 1 to ${highestPort}`;
const protocol = z.enum(["tcp", "udp", "api"]);
const port = z.int({ error: aPort }).refine((value) => value >= 1 && value <= highestPort, { error: aPort });

const register = z.strictObject({
  cmd: z.literal("register"),
  protocol,
  port,
  // Turns by weight are as long as the lightest server makes them: not for ever.
  weight: z.number().min(0.01).max(1000).default(1),
  id: z
    .string()
    .regex(/^[!-~]{1,128}$/, { error: "1 to 128 visible ASCII characters" })
    .optional(),
  policy: z.enum(registrablePolicies).optional(),
  token: z.string().optional(),
});

const schemas = {
  register,
  // The same object with another command: protocol and port say what is taken out, and only one's own is, so no token is needed.
  unregister: register.extend({ cmd: z.literal("unregister") }),
  // It has no options that could be mistyped, and refusing it would take a server out that is there.
  hello: z.looseObject({ ack: z.literal("hello") }),
};

const anyMessage = '{"cmd":"register",…}, {"cmd":"unregister",…} or {"ack":"hello"}';

/** Reads one message; `text` begins and ends with its braces. */
export function readMessage(text: string): ReadMessage {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch (error) {
    return failed(`found ${shortened(text)}, which is no JSON: ${(error as Error).message}`);
  }
  if (value.cmd === "register") {
    const parsed = schemas.register.safeParse(value);
    return parsed.success ? registration(parsed.data) : refused(parsed.error, value, schemas.register);
  }
  if (value.cmd === "unregister") {
    const parsed = schemas.unregister.safeParse(value);
    if (!parsed.success) return refused(parsed.error, value, schemas.unregister);
    const { protocol, port } = parsed.data;
    return { ok: true, message: { kind: "unregister", name: { protocol, port } } };
  }
  if (value.cmd === undefined && value.ack !== undefined) {
    const parsed = schemas.hello.safeParse(value);
    return parsed.success
      ? { ok: true, message: { kind: "hello" } }
      : refused(parsed.error, value, schemas.hello);
  }
  if (value.cmd === undefined) return failed(`found ${shortened(text)}, expected ${anyMessage}`);
  return failed(`cmd: found ${shortened(JSON.stringify(value.cmd))}, expected "register" or "unregister"`);
}

function registration(data: z.output<typeof schemas.register>): ReadMessage {
  const { cmd: _, ...registration } = data;
  const { protocol, policy } = registration;
  if (policy === "least-load" && protocol !== "api")
    return failed(
      `policy: found "least-load" beside ${protocol}, expected another: only api servers tell their load`,
    );
  return { ok: true, message: { kind: "register", registration } };
}

function refused(error: z.ZodError, value: unknown, schema: z.ZodObject): ReadMessage {
  const keysAt = (path: FieldPath) => (path.length === 0 ? Object.keys(schema.shape) : []);
  const faults = faultsOf(error.issues, value, keysAt);
  return failed(
    faults
      .map(({ path, found, expected }) => `${formatPath(path)}: found ${found}, expected ${expected}`)
      .join("; "),
  );
}

function failed(fault: string): ReadMessage {
  return { ok: false, fault: shortened(fault, 500) };
}

function shortened(text: string, most = 60): string {
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`;
}
