/** Above this a thin pool takes nothing new: when it is full, every write to every volume in it fails. */
const THIN_LIMIT_PERCENT = 95

interface ThinPool {
  dataPercent: number | null
  metadataPercent: number | null
}

/** Why nothing new may begin in a pool, with the figures, where it is a thin one that is that full on its host; null: it may. */
export function refusedByThinPool(name: string, row: ThinPool | undefined): string | null {
  for (const [what, percent] of [
    ['data', row?.dataPercent],
    ['metadata', row?.metadataPercent],
  ] as const) {
    if (percent === null || percent === undefined || percent < THIN_LIMIT_PERCENT) continue
    return `The thin pool of '${name}' has used ${percent.toFixed(1)} % of its ${what}, and takes nothing new above ${THIN_LIMIT_PERCENT} %: extend it, or delete what is not needed.`
  }
  return null
}
