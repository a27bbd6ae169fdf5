import { isOpenThere } from '@/components/pools/pool-words'
import { commandLine } from '@/lib/drivers/command-line'
import type { Bus, CacheMode } from '@/lib/libvirt/disk'
import type { PoolOnHostView, PoolView } from '@/lib/pools/schema'
import type { VolumeRow } from '@/lib/volumes/schema'

export const BUS_WORDS: Record<Bus, { label: string; detail: string }> = {
  virtio: { label: 'VirtIO', detail: 'The fastest; the guest needs its driver, which Linux has.' },
  scsi: { label: 'VirtIO SCSI', detail: 'For many disks, and for guests that ask for SCSI.' },
  sata: { label: 'SATA', detail: 'Every guest knows it. Slower.' },
}

export const CACHE_WORDS: Record<CacheMode, string> = {
  none: 'Past the cache of the host.',
  writeback: 'Through the cache of the host; safe where the guest flushes.',
  writethrough: 'Each write is on the storage when the guest hears of it.',
  directsync: 'Past the cache, and on the storage when the guest hears of it.',
  unsafe: 'Flushes are ignored: a power cut destroys the disk.',
}

type OnHost = Pick<PoolOnHostView, 'host_id' | 'host_name' | 'phase'>

/** Hosts whose machines can be given the volume, those where its pool is open first. */
export function hostsToAttach(
  { hosts, sharing }: { hosts: readonly OnHost[]; sharing: PoolView['sharing'] },
  volume: Pick<VolumeRow, 'host_id'>,
): OnHost[] {
  return hosts
    .filter(({ host_id, phase }) => phase !== 'CLOSING' && (sharing !== 'own' || host_id === volume.host_id))
    .toSorted((a, b) => Number(isOpenThere(b)) - Number(isOpenThere(a)) || a.host_name.localeCompare(b.host_name))
}

/** Arguments as a shell takes them, an option with its value on each line, to be put after the name of a program. */
export function argumentLines(args: readonly string[]): string {
  const lines: string[][] = []
  for (const word of args) {
    const last = lines.at(-1)
    if (last === undefined || word.startsWith('-')) lines.push([word])
    else last.push(word)
  }
  return lines.map(([command = '', ...rest]) => commandLine({ command, args: rest })).join(' \\\n')
}
