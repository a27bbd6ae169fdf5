import { it } from 'vitest'

/** A test for each point of a kill: in every run at those that are usual, in the full one at the others too. */
export function atEachPoint(
  points: readonly string[],
  isUsual: (point: string) => boolean,
  title: string,
  killAt: (point: string) => void,
): void {
  it.each(points.filter(isUsual))(title, killAt)
  it.each(points.filter((point) => !isUsual(point)))(title, { tags: 'full' }, killAt)
}
