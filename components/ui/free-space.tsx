'use client'

import { Bytes } from '@/components/ui/bytes'
import { RelativeTime } from '@/components/ui/relative-time'

/** What is left, in bytes, and when that was measured; of what is not known, nothing. */
export function FreeSpace({ available, at }: { available: number | null; at: string | null }) {
  return (
    <p className="mt-0.5 text-12 text-muted">
      {available !== null && (
        <>
          <Bytes value={available} /> free
          {at !== null && ', '}
        </>
      )}
      {at !== null && (
        <>
          as of <RelativeTime at={at} />
        </>
      )}
    </p>
  )
}
