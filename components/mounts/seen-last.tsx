'use client'

import { RelativeTime } from '@/components/ui/relative-time'
import type { MountOnHostView } from '@/lib/mounts/schema'
import { seenLast } from '@/lib/mounts/state'

/** How old the news is of what is not known now; nothing where all is known. */
export function SeenLast({ hosts }: { hosts: readonly MountOnHostView[] }) {
  const at = seenLast(hosts)
  if (at === null) return null
  return (
    <span className="text-12 text-muted">
      seen last <RelativeTime at={at} />
    </span>
  )
}
