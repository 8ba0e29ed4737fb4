import { startWireEdge } from "../http/wire/wire-edge.ts";
import { slowClientCases } from "./slow-clients.cases.ts";

slowClientCases("wire", startWireEdge);
