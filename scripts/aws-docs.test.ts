import { expect, test } from "bun:test";
import { pages, renderTable } from "./aws-docs.ts";

test.each(pages)("the table in $file says what the stacks say", async ({ file, name, table }) => {
  const page = await Bun.file(file).text();
  // When it fails: bun scripts/aws-docs.ts
  expect(renderTable(page, name, table())).toBe(page);
});
