import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { Glob } from "bun";

const root = join(import.meta.dir, "..");
const pages = ["*.md", "docs/**/*.md"].flatMap((pattern) => [...new Glob(pattern).scanSync(root)]).sort();

/** The anchors that GitHub gives to a page's headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const withoutCode = readFileSync(join(root, page), "utf8").replaceAll(/^```[\s\S]*?^```/gm, "");
  const anchors = new Set<string>();
  for (const [, title = ""] of withoutCode.matchAll(/^#+ (.*)$/gm)) {
    const words = title
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "");
    const anchor = words.trim().replaceAll(/\s/g, "-");
    let number = 0;
    while (anchors.has(number === 0 ? anchor : `${anchor}-${number}`)) number++;
    anchors.add(number === 0 ? anchor : `${anchor}-${number}`);
  }
  return anchors;
}

/** What a page's links within the project say that isn't there. */
function brokenLinksOf(page: string): string[] {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
    ([link, path = "", anchor]) => {
      const file = path === "" ? page : normalize(join(dirname(page), path));
      if (!existsSync(join(root, file))) return [`${link}: there is no ${file}`];
      if (anchor === undefined || !file.endsWith(".md") || anchorsOf(file).has(anchor)) return [];
      return [`${link}: ${file} has no such heading`];
    },
  );
}

test.each(pages)("the links of %s lead somewhere", (page) => {
  expect(brokenLinksOf(page)).toEqual([]);
});

test("every page of docs but decisions is named in the README", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const unnamed = pages.filter((page) => /^docs\/[^/]+$/.test(page) && !readme.includes(`](${page})`));
  expect(pages).toContain("docs/concepts.md");
  expect(unnamed).toEqual([]);
});
