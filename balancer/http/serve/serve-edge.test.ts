import { describeEdge } from "../edge.cases.ts";
import { startServeEdge } from "./serve-edge.ts";

describeEdge("serve", startServeEdge);
