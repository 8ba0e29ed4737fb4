import { leniencies, readLaxly } from "../../../balancer/attack/lax-reader.ts";
import { systemClock } from "../../../balancer/cluster/clock.ts";
import { configSchema } from "../../../balancer/config/schema.ts";
import { Service } from "../../../balancer/http/service/service.ts";
import { HeadReader } from "../../../balancer/http/wire/head-reader.ts";
import { PreparedRequest } from "../../../balancer/http/wire/prepared-request.ts";
import { WireContext } from "../../../balancer/http/wire/wire-context.ts";
import { Counts, createCountsMemory } from "../../../balancer/observe/counts.ts";
import { RequestRecorder } from "../../../balancer/observe/request-recorder.ts";
import { damagedStreams } from "../../../balancer/testing/differential/damage.ts";
import { requestCorpus } from "../corpus.ts";
import { type FuzzedReader, mustHold, split } from "../reader.ts";

/** Those with one leniency only: every two of them would take a hundred times as long. */
const simple = leniencies.filter((leniency) => Object.keys(leniency).length < 2);
/** What may go to a target: every line by the book (RFC 9112 §3 and §5). */
const soundHead =
  /^[!#$%&'*+.^_`|~\w-]+ [!-~]+ HTTP\/1\.1\r\n(?:[!#$%&'*+.^_`|~\w-]+:[\t ]*[\t -~\x80-\xff]*\r\n)+\r\n$/;

/** Heads of requests at the wire edge, as far as the bytes that would go to a target. */
export function requestHeadReader(): FuzzedReader {
  const context = wireContext();
  const peer = context.rules.planner.peer("127.0.0.1");
  return {
    name: "request-head",
    corpus: requestCorpus.map((text) => text.slice(0, text.indexOf("\r\n\r\n") + 4)),
    words: headWords,
    structured: damagedStreams.map(({ text }) => text),
    check(input, random) {
      // No socket brings nothing.
      if (input.length === 0) return;
      const whole = readHead(new HeadReader(context, peer), [input]);
      const parts = readHead(new HeadReader(context, peer), split(input, random));
      // A fault may be found before the head is whole; that it is one does not depend on the parts.
      const isSame = describe(whole) === describe(parts);
      mustHold(isSame, "a head in parts is read as another", [describe(whole), describe(parts)]);
      if (whole instanceof PreparedRequest) checkForwarded(whole);
    },
  };
}

const headWords = [
  "\r\n",
  "\n",
  "\r\n\r\n",
  " HTTP/1.1\r\n",
  "host: t\r\n",
  "content-length: 5\r\n",
  "transfer-encoding: chunked\r\n",
  "connection: ",
  "upgrade: h2c\r\n",
  "expect: 100-continue\r\n",
  "GET ",
  "http://t/",
  ":",
  " ",
  "\t",
];

/** Where it listens, and what targets are told where a client names no host. */
const ownHost = "127.0.0.1:8080";

type Read = ReturnType<HeadReader["read"]>;

function readHead(reader: HeadReader, parts: readonly Buffer[]): Read {
  let pending: Buffer = Buffer.alloc(0);
  for (const part of parts) {
    pending = Buffer.concat([pending, part]);
    while (pending.length > 0) {
      const found = reader.read(pending);
      if (found !== undefined) return found;
      mustHold(reader.takenBytes <= pending.length, "more was taken than there is");
      if (reader.takenBytes === 0) break;
      pending = pending.subarray(reader.takenBytes);
    }
  }
  return undefined;
}

function describe(read: Read): string {
  if (read === undefined) return "more";
  return read instanceof PreparedRequest
    ? `head ${Buffer.from(read.bytes ?? []).toString("latin1")}`
    : "fault";
}

function checkForwarded({ bytes, bodyLength, method, host }: PreparedRequest): void {
  if (bytes === undefined) return;
  const text = Buffer.from(bytes).toString("latin1");
  mustHold(soundHead.test(text), "a head that is none would go to a target", text);
  const content = bodyLength === "chunked" ? "0\r\n\r\n" : "x".repeat(Math.min(bodyLength ?? 0, 100));
  if (typeof bodyLength === "number" && bodyLength > content.length) return;
  for (const leniency of simple) {
    const { requests, rest } = readLaxly(text + content, leniency);
    const [first] = requests;
    const isOne = requests.length === 1 && rest === "" && first?.method === method;
    const namedHost = host === "" ? ownHost : host.toLowerCase();
    mustHold(isOne && first.host === namedHost, "a head has another meaning to a lax reader", {
      text,
      leniency,
    });
  }
}

function wireContext(): WireContext {
  const config = configSchema.parse({
    listeners: [{ name: "fuzz", protocol: "http", listen: ownHost, routes: [{ group: "g" }] }],
    groups: { g: { health: false, targets: [{ url: "http://127.0.0.1:1" }] } },
  });
  const [listener] = config.listeners;
  const group = config.groups.g;
  if (listener?.protocol !== "http" || group === undefined)
    throw new Error("the config is not the one that was written");
  const service = new Service("g", group, { clock: systemClock, onStateChange() {} });
  const counts = new Counts(createCountsMemory(config, 1), 0);
  return new WireContext({
    clock: systemClock,
    listener,
    certificates: [],
    services: new Map([["g", service]]),
    recorder: new RequestRecorder(systemClock, counts.of(listener), undefined, undefined),
    statusDocument: () => ({}),
  });
}
