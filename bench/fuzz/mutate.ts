import type { Random } from "../../balancer/cluster/random.ts";
import type { FuzzedReader } from "./reader.ts";

/** Longer inputs are cut: what they show, shorter ones show in less time. */
const maxBytes = 8192;
/** Bytes that end something, or nearly do. */
const telling = [0, 9, 10, 11, 12, 13, 32, 34, 44, 45, 48, 58, 59, 61, 92, 95, 123, 125, 127, 128, 160, 255];

/** An input of the corpus, damaged in up to eight places. */
export function mutate({ corpus, words }: Pick<FuzzedReader, "corpus" | "words">, random: Random): Buffer {
  const below = (limit: number) => Math.floor(random() * limit);
  const draw = (texts: readonly string[]) => Buffer.from(texts[below(texts.length)] ?? "", "latin1");
  let bytes: Buffer = draw(corpus);
  for (let left = 1 + below(8); left > 0; left--) {
    const at = below(bytes.length + 1);
    const to = Math.min(bytes.length, at + 1 + below(16));
    switch (below(8)) {
      case 0:
        bytes = replaced(bytes, at, to, Buffer.alloc(0));
        break;
      case 1:
        bytes = replaced(bytes, at, at, Buffer.of(telling[below(telling.length)] ?? 0));
        break;
      case 2:
        bytes = replaced(bytes, at, at + 1, Buffer.of(below(256)));
        break;
      case 3:
        bytes = replaced(bytes, at, at, draw(words));
        break;
      case 4:
        bytes = replaced(bytes, at, to, draw(words));
        break;
      case 5:
        bytes = replaced(bytes, to, to, bytes.subarray(at, to));
        break;
      case 6:
        bytes = Buffer.concat([bytes.subarray(0, at), draw(corpus).subarray(below(64))]);
        break;
      default:
        bytes = replaced(bytes, at, at, Buffer.alloc(below(600), bytes[at] ?? 97));
    }
  }
  return bytes.subarray(0, maxBytes);
}

function replaced(bytes: Buffer, from: number, to: number, by: Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, from), by, bytes.subarray(to)]);
}
