import { expect, test } from "bun:test";
import { prefersHtml } from "./accept.ts";

const firefox = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

test.each([
  firefox,
  "text/html",
  "TEXT/HTML; Q=0.5",
  "text/html;level=1",
  "text/*, application/json;q=0.9",
  "application/json;q=0.2, text/html;q=0.3",
  "application/json;q=0, */*",
  "application/json;q=0.1, text/html;q=0.1, text/html;q=0.2",
])("HTML for %j", (accept) => {
  expect(prefersHtml(accept)).toBe(true);
});

test.each([
  null,
  "",
  "*/*",
  "*/*;q=0.8",
  "application/json",
  "text/html, application/json",
  "text/html;q=0.9, application/json",
  "text/html;q=0, */*;q=0.1",
  "text/html;q=0.5, */*",
  "text/*;q=0.5, */*;q=0.6",
  "image/png",
  "text/html;q=2",
  "text/html;q=0.1234",
  "text/html;q=",
  "html",
  "text/html/x",
  "/html",
  ",,;",
])("JSON for %j", (accept) => {
  expect(prefersHtml(accept)).toBe(false);
});
