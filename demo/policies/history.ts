/** Older choices are only counted. */
const kept = 64;

/** Who was chosen so far, page by page. */
export class ChoiceHistory {
  private readonly pages = new Map<string, { count: number; latest: readonly (string | undefined)[] }>();

  /** One more choice, by the policy of that page; undefined when nobody could be chosen. */
  add(page: string, chosen: string | undefined): void {
    const latest = [...this.latest(page), chosen].slice(-kept);
    this.pages.set(page, { count: this.count(page) + 1, latest });
  }

  /** The latest 64 at most, the last one last. */
  latest(page: string): readonly (string | undefined)[] {
    return this.pages.get(page)?.latest ?? [];
  }

  count(page: string): number {
    return this.pages.get(page)?.count ?? 0;
  }
}
