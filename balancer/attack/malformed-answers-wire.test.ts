import { startWireEdge } from "../http/wire/wire-edge.ts";
import { malformedAnswerCases } from "./malformed-answers.cases.ts";

malformedAnswerCases("wire", startWireEdge);
