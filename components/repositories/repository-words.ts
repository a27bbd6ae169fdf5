import { type Space, spaceOf } from '@/lib/fullness'
import type { RepositoryView } from '@/lib/repositories/schema'

export function repositorySpace(row: RepositoryView): Space {
  return spaceOf({
    used_bytes: row.used_size_bytes,
    total_bytes: row.total_size_bytes,
    available_bytes: row.available_size_bytes,
  })
}

/** When new backups are refused and taken again. */
export function policyWords({ disable_at_percent: at, enable_below_percent: below }: RepositoryView): string {
  return `None from ${at} % in use on, again below ${below} %`
}
