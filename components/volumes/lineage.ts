import type { SnapshotView, VolumeRow } from '@/lib/volumes/schema'

/** A line of the tree: a volume, or a snapshot of the volume above it. */
export type LineageLine =
  | { kind: 'volume'; key: string; depth: number; volume: VolumeRow }
  | { kind: 'snapshot'; key: string; depth: number; id: string; name: string; volumeId: string }

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function byName(a: VolumeRow, b: VolumeRow): number {
  return collator.compare(a.name, b.name)
}

/** The oldest ancestor that is there. Chains cannot run in a circle, but a page must not hang when one is told. */
function rootOf(volume: VolumeRow, rows: ReadonlyMap<string, VolumeRow>): VolumeRow {
  const seen = new Set([volume.id])
  let root = volume
  for (;;) {
    const above = root.parent === null ? undefined : rows.get(root.parent.volume_id)
    if (above === undefined || seen.has(above.id)) return root
    seen.add(above.id)
    root = above
  }
}

/**
 * All that hangs together with one volume, from its oldest ancestor down: each volume, below it its snapshots, and below each what was
 * cloned from there. Lists do not tell the snapshots of other volumes: of those only what something was cloned from is known.
 */
export function lineageOf(
  id: string,
  volumes: readonly VolumeRow[],
  snapshots: readonly Pick<SnapshotView, 'id' | 'name'>[],
): LineageLine[] {
  const rows = new Map(volumes.map((volume) => [volume.id, volume]))
  const start = rows.get(id)
  if (start === undefined) return []
  const children = Map.groupBy(volumes, ({ parent }) => parent?.volume_id ?? '')
  const lines: LineageLine[] = []
  const drawn = new Set<string>()

  function draw(volume: VolumeRow, depth: number) {
    if (drawn.has(volume.id)) return
    drawn.add(volume.id)
    lines.push({ kind: 'volume', key: volume.id, depth, volume })
    const cloned = (children.get(volume.id) ?? []).toSorted(byName)
    const known = new Map((volume.id === id ? snapshots : []).map((snapshot) => [snapshot.id, snapshot.name]))
    for (const { parent } of cloned)
      if (parent?.snapshot_id) known.set(parent.snapshot_id, parent.snapshot_name ?? 'a snapshot')
    for (const [snapshotId, name] of known) {
      lines.push({ kind: 'snapshot', key: snapshotId, depth: depth + 1, id: snapshotId, name, volumeId: volume.id })
      for (const child of cloned) if (child.parent?.snapshot_id === snapshotId) draw(child, depth + 2)
    }
    for (const child of cloned) if (child.parent?.snapshot_id === null) draw(child, depth + 1)
  }
  draw(rootOf(start, rows), 0)
  return lines
}

/** Does it stand alone, with no snapshot and no relative? */
export function isAlone(lines: readonly LineageLine[]): boolean {
  return lines.length < 2
}

/** For each line and each step above it: does something of that step still follow below? Then its rail goes on. */
export function railsOf(lines: readonly Pick<LineageLine, 'depth'>[]): boolean[][] {
  return lines.map(({ depth }, at) =>
    Array.from({ length: depth }, (_, column) => {
      const next = lines.slice(at + 1).find((later) => later.depth <= column + 1)
      return next?.depth === column + 1
    }),
  )
}
