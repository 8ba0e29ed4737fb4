import { type AddressInfo, createServer, type Server } from "node:net";

export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  readonly over: "udp" | "tcp";
}

/** A record of the answer; `name` is the question's when left out. */
export type DnsTestRecord = { readonly name?: string; readonly ttlSeconds?: number } & (
  | { readonly type: "A"; readonly address: readonly number[] }
  | { readonly type: "AAAA"; readonly address: readonly number[] }
  | { readonly type: "CNAME"; readonly alias: string }
  | {
      readonly type: "SRV";
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly host: string;
    }
);

export interface DnsAnswer {
  readonly rcode?: number;
  readonly isTruncated?: boolean;
  readonly answers?: readonly DnsTestRecord[];
  readonly additional?: readonly DnsTestRecord[];
}

const typeCodes = { A: 1, CNAME: 5, AAAA: 28, SRV: 33 } as const;

/** What to answer: a message, whole bytes of one's own, or nothing at all. */
type DnsReply = DnsAnswer | Uint8Array | undefined;
export type DnsRespond = (question: DnsQuestion) => DnsReply | Promise<DnsReply>;

/** For tests: a DNS server on 127.0.0.1 whose UDP and TCP port are the same. */
export class DnsServerFixture {
  private constructor(
    /** In the order they came. */
    readonly questions: readonly DnsQuestion[],
    readonly port: number,
    private readonly udp: { close(): void },
    private readonly tcp: Server,
  ) {}

  static async start(respond: DnsRespond): Promise<DnsServerFixture> {
    const questions: DnsQuestion[] = [];
    const answer = async (query: Buffer, over: "udp" | "tcp") => {
      const question = readQuestion(query, over);
      questions.push(question);
      const answered = await respond(question);
      return answered === undefined || answered instanceof Uint8Array ? answered : encode(query, answered);
    };
    const tcp = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.on("data", async (bytes) => {
        const reply = await answer(Buffer.from(bytes).subarray(2), "tcp");
        if (reply === undefined) return void socket.end();
        // In two parts, as a slow network would.
        socket.write(Buffer.from([reply.length >> 8, reply.length & 0xff, ...reply.subarray(0, 5)]));
        setTimeout(() => socket.end(reply.subarray(5)), 5);
      });
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    tcp.on("error", reject);
    tcp.listen(0, "127.0.0.1", resolve);
    await promise;
    const { port } = tcp.address() as AddressInfo;
    const udp = await Bun.udpSocket({
      hostname: "127.0.0.1",
      port,
      socket: {
        async data(socket, bytes, fromPort, address) {
          // Bun writes the next datagram to the same memory.
          const reply = await answer(Buffer.from(bytes), "udp");
          if (reply !== undefined) socket.send(reply, fromPort, address);
        },
      },
    });
    return new DnsServerFixture(questions, port, udp, tcp);
  }

  stop(): void {
    this.udp.close();
    this.tcp.close();
  }
}

function readQuestion(query: Buffer, over: "udp" | "tcp"): DnsQuestion {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join("."), type: query.readUInt16BE(at + 1), over };
}

/** The question's own name stands compressed, all others in full. */
function encode(query: Buffer, { rcode = 0, isTruncated = false, answers = [], additional = [] }: DnsAnswer) {
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180 | (isTruncated ? 0x0200 : 0) | rcode, 2);
  header.writeUInt16BE(answers.length, 6);
  header.writeUInt16BE(additional.length, 10);
  return Buffer.concat([header, query.subarray(12), ...[...answers, ...additional].map(encodeRecord)]);
}

function encodeRecord(record: DnsTestRecord): Buffer {
  const name = record.name === undefined ? Buffer.from([0xc0, 12]) : encodeName(record.name);
  const data = encodeData(record);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(typeCodes[record.type], 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(record.ttlSeconds ?? 60, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([name, fixed, data]);
}

function encodeData(record: DnsTestRecord): Buffer {
  if (record.type === "A" || record.type === "AAAA") return Buffer.from(record.address);
  if (record.type === "CNAME") return encodeName(record.alias);
  const numbers = [record.priority, record.weight, record.port].flatMap((n) => [n >> 8, n & 0xff]);
  return Buffer.concat([Buffer.from(numbers), encodeName(record.host)]);
}

function encodeName(name: string): Buffer {
  const labels = name === "" ? [] : name.split(".");
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}
