import type { RcloneConfig, RcloneSection, RcloneSetting } from '@/lib/drivers/mounting/rclone-config'
import { showableName } from '@/lib/drivers/mounting/rclone-config'

/** Whether JSON is what `rclone config dump` prints: remotes by their names, each with its type. */
export function isRcloneDump(json: unknown): json is Record<string, Record<string, unknown>> {
  const remotes = isObject(json) ? Object.values(json) : []
  return remotes.length > 0 && remotes.every((remote) => isObject(remote) && typeof remote.type === 'string')
}

function isObject(json: unknown): json is Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

/** The JSON of `rclone config dump` as the file that it shows. Null when the text is something else. */
export function parseRcloneDump(text: string): RcloneConfig | null {
  let json: unknown
  try {
    json = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return null
  }
  if (!isRcloneDump(json)) return null
  const lineAt = linesOf(text)
  let from = 0
  const sections = Object.entries(json).map(([name, remote]): RcloneSection => {
    from = placeOf(text, name, from)
    const start = from
    const settings = Object.entries(remote).map(([key, value]): [string, RcloneSetting] => [
      key,
      { line: lineAt(placeOf(text, key, start)), value: typeof value === 'string' ? value : String(value) },
    ])
    return { line: lineAt(start), name: showableName(name), settings: new Map(settings), problems: [] }
  })
  return { sections, problems: [], isRefused: false }
}

function placeOf(text: string, name: string, from: number): number {
  const found = text.indexOf(JSON.stringify(name), from)
  return found < 0 ? from : found
}

/** The line of a place, for places that are asked for in any order. */
function linesOf(text: string): (index: number) => number {
  const ends = [...text.matchAll(/\n/g)].map(({ index }) => index)
  return (index) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) < index) low = middle + 1
      else high = middle
    }
    return low + 1
  }
}
