import { cn } from '@/components/ui/cn'
import { FULL_PERCENT, inodePercent, NEARLY_FULL_PERCENT } from '@/lib/fullness'

const NUMBER = new Intl.NumberFormat('en-GB')

/** How many inodes of a file system are in use; nothing where it has no fixed number of them. `on`: the host that has them. */
export function Inodes({ total, used, on }: { total: number | null; used: number | null; on?: string | undefined }) {
  const percent = inodePercent({ totalInodes: total, usedInodes: used })
  if (total === null || used === null || percent === null) return null
  const colour =
    percent >= FULL_PERCENT ? 'text-critical' : percent >= NEARLY_FULL_PERCENT ? 'text-warning' : 'text-muted'
  return (
    <p className={cn('tabular mt-0.5 text-12', colour)}>
      {percent} % of its inodes in use, {NUMBER.format(used)} of {NUMBER.format(total)}
      {on !== undefined && `, on ${on}`}
    </p>
  )
}
