/** A rectangle, in percent of the width and the height of the picture. */
export interface Tile<Item> {
  item: Item
  left: number
  top: number
  width: number
  height: number
}

interface Box {
  left: number
  top: number
  width: number
  height: number
}

/**
 * Rectangles whose areas are as the sizes, as near to squares as they get (Bruls, Huizing, van Wijk 2000, "Squarified treemaps").
 * `aspect`: how many times wider than high the picture is. What has no size has no rectangle.
 */
export function treemap<Item>(items: readonly Item[], sizeOf: (item: Item) => number, aspect: number): Tile<Item>[] {
  const sized = items
    .map((item) => ({ item, size: sizeOf(item) }))
    .filter(({ size }) => size > 0)
    .toSorted((a, b) => b.size - a.size)
  const total = sized.reduce((sum, { size }) => sum + size, 0)
  const tiles: Tile<Item>[] = []
  let box: Box = { left: 0, top: 0, width: aspect, height: 1 }
  let left = sized.map(({ item, size }) => ({ item, area: (size / total) * aspect }))
  while (left.length > 0) {
    const side = Math.min(box.width, box.height)
    const count = rowLength(
      left.map(({ area }) => area),
      side,
    )
    const row = left.slice(0, count)
    const placed = layRow(row, box)
    tiles.push(...placed.tiles)
    box = placed.rest
    left = left.slice(count)
  }
  return tiles.map((tile) => ({
    item: tile.item,
    left: (tile.left / aspect) * 100,
    top: tile.top * 100,
    width: (tile.width / aspect) * 100,
    height: tile.height * 100,
  }))
}

/** How many of the next go into one row along a side: as long as its worst rectangle gets no thinner. */
function rowLength(areas: readonly number[], side: number): number {
  let count = 1
  let before = worst(areas.slice(0, 1), side)
  while (count < areas.length) {
    const now = worst(areas.slice(0, count + 1), side)
    if (now > before) break
    before = now
    count++
  }
  return count
}

/** How many times longer than wide the thinnest rectangle of a row is. */
function worst(areas: readonly number[], side: number): number {
  const sum = areas.reduce((all, area) => all + area, 0)
  const thickness = sum / side
  return Math.max(...areas.map((area) => Math.max(area / thickness ** 2, thickness ** 2 / area)))
}

/** A row along the shorter side, and what is left of the box. */
function layRow<Item>(row: readonly { item: Item; area: number }[], box: Box): { tiles: Tile<Item>[]; rest: Box } {
  const sum = row.reduce((all, { area }) => all + area, 0)
  const isUpright = box.width >= box.height
  const thickness = sum / (isUpright ? box.height : box.width)
  let at = isUpright ? box.top : box.left
  const tiles = row.map(({ item, area }) => {
    const length = area / thickness
    const from = at
    at += length
    return isUpright
      ? { item, left: box.left, top: from, width: thickness, height: length }
      : { item, left: from, top: box.top, width: length, height: thickness }
  })
  const rest = isUpright
    ? { ...box, left: box.left + thickness, width: box.width - thickness }
    : { ...box, top: box.top + thickness, height: box.height - thickness }
  return { tiles, rest }
}
