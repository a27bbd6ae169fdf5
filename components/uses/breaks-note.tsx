import type { AskedKind } from '@/lib/uses/kinds'
import type { UsesView } from '@/lib/uses/schema'

const COUNTED: readonly (readonly [AskedKind, string, string])[] = [
  ['backend', 'backend', 'backends'],
  ['mount', 'mount', 'mounts'],
  ['pool', 'pool', 'pools'],
  ['volume', 'volume', 'volumes'],
]

function counted(number: number, one: string, many: string): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`
}

/** `a, b and c` */
function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

/** What happens to workloads, in sentences: those that run and those that do not are not hit alike. */
export function breaksWords({
  of,
  breaks,
  needed_by: neededBy,
}: Pick<UsesView, 'of' | 'breaks' | 'needed_by'>): string {
  const { running, stopped, unknown } = breaks
  const isHost = of.kind === 'host'
  const hit = [
    ...(running > 0
      ? [
          `${counted(running, 'container or machine that runs', 'containers and machines that run')} would ${isHost ? 'stop or hang' : 'hang'}`,
        ]
      : []),
    ...(stopped > 0 ? [`${counted(stopped, 'that is stopped', 'that are stopped')} would not start`] : []),
    ...(unknown > 0
      ? [`of ${counted(unknown, 'more', 'more')} it is not known whether ${unknown === 1 ? 'it runs' : 'they run'}`]
      : []),
  ]
  const below = COUNTED.flatMap(([kind, one, many]) => {
    const number = neededBy.filter((node) => node.kind === kind).length
    return number === 0 ? [] : [counted(number, one, many)]
  })
  const lost =
    below.length === 0
      ? ''
      : ` With it ${below.length === 1 && below[0]?.startsWith('1 ') ? 'goes' : 'go'} ${listed(below)}.`
  if (hit.length === 0) return `No container and no machine would be hit.${lost}`
  return `${listed(hit)}.${lost}`
}

/** What breaks when it is gone. */
export function BreaksNote({ view }: { view: UsesView }) {
  return (
    <p className="max-w-[80ch] text-13">
      <span className="font-medium">If {view.of.name} stops: </span>
      <span className="text-muted">{breaksWords(view)}</span>
    </p>
  )
}
