import { ByteBuffer } from "../../byte-buffer.ts";
import type { AttemptTrace } from "../../observe/tracing/request-trace.ts";
import type { UpstreamConnection } from "../upstream/connection.ts";
import type { ConnectionUser } from "../upstream/connection-user.ts";
import type { AttemptOwner } from "./attempt-owner.ts";

/** Where each request is put together just before it is sent. */
const outgoing = new ByteBuffer(16_384);

/**
 * Sends the head of the owner's request, and a whole body behind it if there is one; false when the connection was found closed.
 * `attempt`: whose trace the target shall see.
 */
export function sendRequest(
  connection: UpstreamConnection,
  user: ConnectionUser,
  owner: AttemptOwner,
  attempt: AttemptTrace | undefined,
): boolean {
  const { request, bodyIsWhole, trace } = owner;
  const { method, bytes } = request;
  if (bytes !== undefined) return connection.beginLater(user, method, bytes);
  outgoing.clear();
  request.writeTo(outgoing);
  if (trace !== undefined && request.traceparentAt !== undefined)
    outgoing.overwrite(request.traceparentAt, trace.traceparent(attempt));
  owner.bytesSent += request.contentBytes;
  return connection.begin(user, method, outgoing.bytes, outgoing.length, !bodyIsWhole);
}
