import type { FoundStorage } from '@/lib/attach-targets/contract/target'
import { entryStorage, escapedField } from '@/lib/attach-targets/lxc/parse-lxc'
import { CONTAINER_HOOK, hookSetting } from '@/lib/attach-targets/lxc/start-hook-path'
import { HoldfastError } from '@/lib/errors'

const BEGIN =
  '# Holdfast: begin. Its agent writes what stands between; what is not wanted any more is detached in the console.'
/** The line before had no end, and gets back none. */
const BEGIN_AFTER_CUT = `${BEGIN} The line before had no end.`
const END = '# Holdfast: end.'
const ENTRY = 'lxc.mount.entry = '

/** A directory of the host in a container. */
export interface OwnEntry {
  source: string
  /** A path in the container. */
  inside: string
  readOnly: boolean
  /** Are the owners of files shown by the numbers that they have in the container? */
  isMapped: boolean
}

/**
 * Not `optional`: a container without its storage is not to start. The mounts of Holdfast are `nosuid,nodev` themselves, and a container is
 * given no more.
 */
export function entryLine({ source, inside, readOnly, isMapped }: OwnEntry): string {
  const options = [
    'bind',
    'nosuid',
    'nodev',
    'create=dir',
    ...(isMapped ? ['idmap=container'] : []),
    ...(readOnly ? ['ro'] : []),
  ]
  return `${escapedField(source)} ${escapedField(inside.slice(1))} none ${options.join(',')} 0 0`
}

interface Parts {
  before: string
  lines: readonly string[]
  after: string
  isAfterCut: boolean
}

/** Throws `conflict` where somebody has cut the block apart. */
function partsOf(text: string): Parts {
  const lines = text.split('\n')
  const begin = lines.findIndex((line) => line.startsWith(BEGIN))
  const end = lines.findIndex((line) => line.startsWith(END))
  if (begin === -1 && end === -1) return { before: text, lines: [], after: '', isAfterCut: false }
  if (begin === -1 || end < begin || lines.findLastIndex((line) => line.startsWith(BEGIN)) !== begin)
    throw new HoldfastError(
      'conflict',
      `The lines of Holdfast in its configuration have no '${BEGIN.slice(0, 18)}' or no '${END.slice(0, 15)}' any more: mend that by hand.`,
    )
  return {
    before: lines
      .slice(0, begin)
      .map((line) => `${line}\n`)
      .join(''),
    lines: lines.slice(begin + 1, end),
    after: lines.slice(end + 1).join('\n'),
    isAfterCut: lines[begin] === BEGIN_AFTER_CUT,
  }
}

/** What Holdfast has given to it. `text`: its configuration, each byte a sign. */
export function ownEntries(text: string): OwnEntry[] {
  return partsOf(text).lines.flatMap((line) => {
    if (!line.startsWith(ENTRY)) return []
    const entry = Buffer.from(line.slice(ENTRY.length), 'latin1').toString('utf8')
    return entryStorage(entry).map(({ source, target, isReadOnly }: FoundStorage) => ({
      source: source ?? '',
      inside: target,
      readOnly: isReadOnly === true,
      isMapped: /[\s,]idmap=container[\s,]/.test(entry),
    }))
  })
}

/**
 * With these and no others; everything else stays byte for byte, and without any it is as it was before the first. What LXC includes in
 * the containers of its templates names the start hook; here it is named for others.
 */
export function withEntries(text: string, entries: readonly OwnEntry[]): string {
  const { before, lines, after, isAfterCut } = partsOf(text)
  if (entries.length === 0) return isAfterCut && after === '' ? before.slice(0, -1) : before + after
  const isFirst = lines.length === 0
  const isCut = isFirst ? before !== '' && !before.endsWith('\n') : isAfterCut
  const own = entries.map((entry) => `${ENTRY}${Buffer.from(entryLine(entry)).toString('latin1')}`)
  const isTold = /^\s*lxc\.include\s*=\s*\/usr\/share\/lxc\/config\//m.test(before + after)
  const hook = isTold ? [] : [hookSetting(CONTAINER_HOOK)]
  const block = [isCut ? BEGIN_AFTER_CUT : BEGIN, ...hook, ...own, END].map((line) => `${line}\n`).join('')
  return `${before}${isCut && isFirst ? '\n' : ''}${block}${after}`
}
