import { startServeEdge } from "../http/serve/serve-edge.ts";
import { malformedAnswerCases } from "./malformed-answers.cases.ts";

malformedAnswerCases("serve", startServeEdge);
