/** What the pages for people have in common: light and dark, from a phone's width on, no file but the page itself. */
const commonStyle = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --panel: #f4f6f9; --text: #1b1f26; --muted: #596273; --rule: #d5dae2; --link: #1d5296;
}
@media (prefers-color-scheme: dark) {
  :root { --page: #14171c; --panel: #1d222a; --text: #e6e9ee; --muted: #a3adbb; --rule: #353c47; --link: #8dbdf2; }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 3rem; max-width: 60rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
h1 { font-size: 1.7rem; line-height: 1.2; letter-spacing: -0.01em; margin: 0 0 0.4rem; }
h2 { font-size: 1.15rem; line-height: 1.3; margin: 2rem 0 0.6rem; }
p { margin: 0 0 0.9rem; max-width: 44rem; }
a { color: var(--link); }
.note { color: var(--muted); font-size: 0.9rem; }
input, button, .button {
  font: inherit; color: inherit; background: var(--page); border: 1px solid var(--muted); border-radius: 6px; padding: 0.35rem 0.8rem;
}
button, .button { background: var(--panel); cursor: pointer; text-decoration: none; display: inline-block; }
button:hover, .button:hover { border-color: var(--text); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
@media (max-width: 40rem) { body { padding: 1.25rem 0.75rem 2rem; } h1 { font-size: 1.4rem; } }
`;

export interface Page {
  /** Plain text. */
  readonly title: string;
  /** HTML: what comes from outside is escaped already. */
  readonly main: string;
  /** CSS of this page alone. */
  readonly style?: string;
}

/** The whole document. */
function renderPage({ title, main, style = "" }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${Bun.escapeHTML(title)}</title>
<link rel="icon" href="data:,">
<style>${commonStyle}${style}</style>
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`;
}

/** Nothing on such a page runs or comes from elsewhere, and every look at it is a new one. */
const headers = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

export function pageResponse(page: Page, status = 200): Response {
  return new Response(renderPage(page), { status, headers });
}
