import { answerBodyCases } from "../../balancer/attack/cases/answer-body.cases.ts";
import { answerHeadCases } from "../../balancer/attack/cases/answer-head.cases.ts";
import { chunkCases } from "../../balancer/attack/cases/chunk.cases.ts";
import { codingCases } from "../../balancer/attack/cases/coding.cases.ts";
import { fieldCases } from "../../balancer/attack/cases/field.cases.ts";
import { hopCases } from "../../balancer/attack/cases/hop.cases.ts";
import { lengthCases } from "../../balancer/attack/cases/length.cases.ts";
import { requestLineCases } from "../../balancer/attack/cases/request-line.cases.ts";

/** What takes long to read shows nothing that its beginning does not. */
const isShort = ({ bytes }: { readonly bytes: string }) => bytes.length > 0 && bytes.length < 2000;

/** The malformed messages of the tests: the fuzzer goes on from there. */
export const requestCorpus: readonly string[] = [
  ...lengthCases,
  ...codingCases,
  ...chunkCases,
  ...requestLineCases,
  ...fieldCases,
  ...hopCases,
]
  .filter(isShort)
  .map(({ bytes }) => bytes);

export const answerCorpus: readonly string[] = [...answerHeadCases, ...answerBodyCases]
  .filter(isShort)
  .map(({ bytes }) => bytes);

/** The chunked bodies among the requests. */
export const chunkCorpus: readonly string[] = chunkCases
  .filter(isShort)
  .map(({ bytes }) => bytes.slice(bytes.indexOf("\r\n\r\n") + 4));
