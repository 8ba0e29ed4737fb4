import type { FuzzedReader } from "../reader.ts";
import { chunkedBodyReader } from "./chunked-body.ts";
import { configReader } from "./config.ts";
import { controlReader } from "./control.ts";
import { proxyHeaderReader } from "./proxy-header.ts";
import { requestHeadReader } from "./request-head.ts";
import { responseReader } from "./response.ts";
import { websocketReader } from "./websocket.ts";

/** Everything that reads what strangers send. */
export const allReaders: readonly FuzzedReader[] = [
  requestHeadReader(),
  chunkedBodyReader,
  responseReader,
  controlReader,
  proxyHeaderReader,
  configReader,
  websocketReader,
];
