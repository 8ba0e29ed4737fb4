import { startWireEdge } from "../http/wire/wire-edge.ts";
import { malformedRequestCases } from "./malformed-requests.cases.ts";

malformedRequestCases("wire", startWireEdge);
