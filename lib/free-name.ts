/**
 * The first of `media`, `media-2`, `media-3`, … that nobody has, cut so that it has at most `most` characters. `between` stands before
 * the number.
 */
export function freeName(
  wanted: string,
  taken: ReadonlySet<string>,
  { between, most }: { between: string; most: number },
): string {
  for (let number = 1; ; number++) {
    const suffix = number === 1 ? '' : `${between}${number}`
    const name = `${wanted.slice(0, most - suffix.length)}${suffix}`
    if (!taken.has(name)) return name
  }
}
