import { edgeOf } from "../config/edge-rules.ts";
import type { Edge, EdgeOptions } from "./edge.ts";
import { startServeEdge } from "./serve/serve-edge.ts";
import { startWireEdge } from "./wire/wire-edge.ts";

/** Starts the edge that the listener asks for, or the one that fits it best. */
export function startEdge(options: EdgeOptions): Edge {
  return edgeOf(options.listener) === "wire" ? startWireEdge(options) : startServeEdge(options);
}
