/** Resources by their kind, the most frequent first: `9 aws_instance, 4 aws_subnet`. */
export function countByType(addresses: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const address of addresses) {
    const type = address.slice(0, address.indexOf("."));
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts]
    .sort(([one, many], [other, more]) => more - many || one.localeCompare(other))
    .map(([type, count]) => `${count} ${type}`)
    .join(", ");
}
