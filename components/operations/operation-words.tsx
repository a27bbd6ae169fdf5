import type { OperationRow } from '@/lib/operations/schema'

type Worded = Pick<OperationRow, 'summary' | 'target'>

/** What an operation does, in one line, with the name of its target standing out. */
export function OperationWords({ operation }: { operation: Worded }) {
  const { before, name, after } = partsOf(operation)
  return (
    <>
      {before}
      {name !== '' && <span className="font-medium">{name}</span>}
      {after}
    </>
  )
}

/** Around the first whole word that is the name of the target. */
export function partsOf({ summary, target }: Worded): { before: string; name: string; after: string } {
  const name = target?.name ?? ''
  const at = name === '' ? -1 : ` ${summary} `.indexOf(` ${name} `)
  if (at < 0) return { before: summary, name: '', after: '' }
  return { before: summary.slice(0, at), name, after: summary.slice(at + name.length) }
}
