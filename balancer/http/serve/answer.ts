import type { Target } from "../../cluster/target.ts";
import type { Refusal } from "../exchange/refusals.ts";
import { endsAtThisHop } from "../message/fields.ts";
import { missingDate } from "../message/http-date.ts";
import { via } from "../message/request-head.ts";
import type { ResponseHead } from "../message/response-head.ts";

/** The fields of an answer as it goes to the client (RFC 9110 §7.6). */
export function answerHeaders(head: ResponseHead, target: Target, exposeTarget: boolean): Headers {
  const { fields, connection } = head;
  const headers = new Headers();
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? "";
    if (endsAtThisHop(name, connection)) continue;
    // Of content that is sent, the edge itself gives the length.
    if (name === "content-length" && head.framing !== "none") continue;
    headers.append(name, fields[index + 1] ?? "");
  }
  const date = missingDate(head);
  if (date !== undefined) headers.set("date", date);
  headers.append("via", via);
  if (exposeTarget) headers.set("x-ballast-target", target.id);
  return headers;
}

/** An answer without content, or whose content is at hand. */
export function wholeAnswer(
  method: string,
  head: ResponseHead,
  headers: Headers,
  content: Uint8Array | undefined,
): Response {
  const init = { status: head.status, headers };
  if (content !== undefined && content.length > 0) {
    // Bun adds a Content-Type to bytes that have none; to a stream it adds nothing.
    return new Response(headers.has("content-type") ? content : streamOf(content), init);
  }
  // A HEAD answer that gives no length must not be given one of 0; Bun cancels the stream unread.
  if (method === "HEAD" && head.contentLength === undefined) return new Response(endlessStream(), init);
  return new Response(null, init);
}

/** The balancer's own answer: one line of text. */
export function ownAnswer(status: number, reason: string, retryAfterSeconds?: number): Response {
  const headers: Record<string, string> = { "content-type": "text/plain; charset=utf-8" };
  if (retryAfterSeconds !== undefined) headers["retry-after"] = String(retryAfterSeconds);
  return new Response(`${status} ${reason}\n`, { status, headers });
}

export function refusalAnswer(refusal: Refusal): Response {
  return ownAnswer(refusal.status, refusal.reason, refusal.retryAfterSeconds);
}

/** With HTTP/1.1 the connection is closed behind it. HTTP/2 has a word of its own for that, which Bun sends. */
export function closing(response: Response): Response {
  response.headers.set("connection", "close");
  return response;
}

function streamOf(content: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(content);
      controller.close();
    },
  });
}

/** Even one that ends at once would be given a length of 0. */
const endlessStream = () => new ReadableStream<Uint8Array>({ pull() {} });
