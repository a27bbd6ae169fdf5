import { expect, test } from 'vitest'
import { treemap } from '@/components/monitoring/overview/treemap'

const areaOf = ({ width, height }: { width: number; height: number }) => width * height

test.each([[1], [2], [0.5]])(
  'rectangles are as large as what they stand for, and fill the picture (%s times wider)',
  (aspect) => {
    const sizes = [500, 300, 120, 50, 20, 8, 1, 1]
    const tiles = treemap(sizes, (size) => size, aspect)
    expect(tiles.map(({ item }) => item)).toEqual(sizes)
    for (const tile of tiles) {
      expect(areaOf(tile) / 10_000).toBeCloseTo(tile.item / 1_000, 10)
      expect(tile.left).toBeGreaterThanOrEqual(-1e-9)
      expect(tile.left + tile.width).toBeLessThanOrEqual(100 + 1e-9)
      expect(tile.top + tile.height).toBeLessThanOrEqual(100 + 1e-9)
    }
    const overlap = (a: (typeof tiles)[number], b: (typeof tiles)[number]) =>
      Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left) > 1e-9 &&
      Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top) > 1e-9
    expect(tiles.some((a, at) => tiles.slice(at + 1).some((b) => overlap(a, b)))).toBe(false)
  },
)

test('equal sizes become squares, and what has no size nothing', () => {
  const tiles = treemap([1, 1, 0, 1, 1], (size) => size, 1)
  expect(tiles.map(({ width, height }) => [width, height])).toEqual(Array.from({ length: 4 }, () => [50, 50]))
  expect(treemap([], () => 1, 2)).toEqual([])
})
