import { ByteBuffer } from "../../byte-buffer.ts";
import type { Target } from "../../cluster/target.ts";
import { missingDate } from "../message/http-date.ts";
import type { ResponseHead } from "../message/response-head.ts";
import { type ClientFraming, type ConnectionOption, writeAnswerHead } from "./answer-head.ts";

interface KnownAnswer {
  readonly head: ResponseHead;
  readonly framing: ClientFraming;
  /** Where the target gave none. */
  readonly date: string | undefined;
  readonly bytes: Uint8Array;
}

type KnownAnswers = WeakMap<Target, KnownAnswer>;

const outgoing = new ByteBuffer(4096);

/** The targets' last heads, and what came of them: those of one target mostly differ in the date alone. */
export class AnswerHeads {
  private readonly plain: KnownAnswers = new WeakMap();
  private readonly keeping: KnownAnswers = new WeakMap();
  private readonly closing: KnownAnswers = new WeakMap();

  constructor(private readonly exposesTarget: boolean) {}

  /** The head as bytes for the client. */
  bytes(
    head: ResponseHead,
    target: Target,
    framing: ClientFraming,
    connection: ConnectionOption,
  ): Uint8Array {
    const answers = this.answersThat(connection);
    const known = answers.get(target);
    const date = missingDate(head);
    if (known?.head === head && known.framing === framing && known.date === date) return known.bytes;
    outgoing.clear();
    writeAnswerHead(outgoing, head, framing, { targetId: this.exposed(target) }, connection);
    const bytes = outgoing.copy();
    answers.set(target, { head, framing, date, bytes });
    return bytes;
  }

  /** What the client is told of the target; undefined for nothing. */
  exposed(target: Target): string | undefined {
    return this.exposesTarget ? target.id : undefined;
  }

  private answersThat(connection: ConnectionOption): KnownAnswers {
    if (connection === undefined) return this.plain;
    return connection === "close" ? this.closing : this.keeping;
  }
}
