/** The page with what stands between its two equal markers replaced; throws when it has not just two. */
export function replacePart(page: string, marker: string, part: string): string {
  const [above, , below, ...more] = page.split(marker);
  if (above === undefined || below === undefined || more.length > 0)
    throw new Error(`expected ${marker} twice`);
  return [above, `\n${part}\n`, below].join(marker);
}
