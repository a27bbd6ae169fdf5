import type { FieldHint } from '@/lib/drivers/contract/descriptor'

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

/** Of those whose files have no owner of their own. */
export const OWNER_FIELDS = {
  uid: { label: 'Owner', help: 'User id that owns all files on the host.', group: 'advanced', control: 'number' },
  gid: { label: 'Group', help: 'Group id of all files on the host.', group: 'advanced', control: 'number' },
} as const satisfies Record<string, FieldHint>

/** And of those that the kernel mounts over the network. */
export const NETWORK_MOUNT_FIELDS = {
  actimeo: {
    label: 'Attribute cache',
    help: 'Seconds for which file attributes are kept (actimeo).',
    group: 'advanced',
    control: 'number',
  },
  rsize: {
    label: 'Read size',
    help: 'Largest read in bytes; empty lets both sides agree (rsize).',
    group: 'advanced',
    control: 'size',
  },
  wsize: {
    label: 'Write size',
    help: 'Largest write in bytes; empty lets both sides agree (wsize).',
    group: 'advanced',
    control: 'size',
  },
} as const satisfies Record<string, FieldHint>
