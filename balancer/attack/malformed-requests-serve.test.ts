import { startServeEdge } from "../http/serve/serve-edge.ts";
import { malformedRequestCases } from "./malformed-requests.cases.ts";

malformedRequestCases("serve", startServeEdge);
