import { startServeEdge } from "../http/serve/serve-edge.ts";
import { slowClientCases } from "./slow-clients.cases.ts";

slowClientCases("serve", startServeEdge);
