import { describeEdge } from "../edge.cases.ts";
import { startWireEdge } from "./wire-edge.ts";

describeEdge("wire", startWireEdge);
