import type { FieldHint } from '@/lib/drivers/contract'

/** Form hints of the settings that every type with mounts has. */
export const MOUNT_FIELDS = {
  noexec: {
    label: 'Forbid running programs',
    help: 'Files in this mount cannot be executed (noexec).',
    group: 'advanced',
    control: 'switch',
  },
  read_only: {
    label: 'Read only',
    help: 'No host can write through this backend.',
    group: 'advanced',
    control: 'switch',
  },
} as const satisfies Record<string, FieldHint>
