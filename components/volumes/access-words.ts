import type { VolumeRow } from '@/lib/volumes/schema'

/** Who may open a volume, in the words of a choice. */
export const ACCESS_MODES = [
  { value: 'RWO', label: 'One writer', detail: 'RWO: a second machine is refused' },
  { value: 'ROX', label: 'Many readers', detail: 'ROX: nobody writes' },
  { value: 'RWX', label: 'Many writers', detail: 'RWX: for file systems that are made for it' },
] as const

/** As people read it. */
export function accessWords(mode: VolumeRow['access_mode']): string {
  return ACCESS_MODES.find(({ value }) => value === mode)?.label ?? mode
}
