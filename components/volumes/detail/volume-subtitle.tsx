import Link from 'next/link'
import { Bytes } from '@/components/ui/bytes'
import { formatWords } from '@/components/volumes/volume-words'
import type { VolumeRow } from '@/lib/volumes/schema'

/** How large it is, what it is, and where it lies. */
export function VolumeSubtitle({ volume }: { volume: VolumeRow }) {
  return (
    <span className="flex flex-wrap items-center gap-x-1.5">
      <Bytes value={volume.size_bytes} />
      <span>{formatWords(volume)}, in</span>
      <Link href={`/pools/${volume.pool_id}`} prefetch={false} className="font-medium text-accent hover:underline">
        {volume.pool_name}
      </Link>
    </span>
  )
}
