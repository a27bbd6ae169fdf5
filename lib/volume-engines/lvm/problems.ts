import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with volumes of LVM, besides what the storage type says of the group itself. */
export const problems = {
  'lvm.group_missing': {
    title: 'The volume group is not there',
    advice:
      'The disks of the backend do not show [the volume group {group}|its volume group]. Look at the connection of the backend.',
    command: 'vgs -o name,uuid,tags',
    code: 'backend_unreachable',
  },
  'lvm.group_incomplete': {
    title: 'A disk of the volume group is missing',
    detail: 'The volume group {group} lacks {missing} of its disks.',
    advice:
      'It was extended to a disk that is not of this backend. Nothing is changed in it until it is whole: bring the disk back, or take it out of the group by hand.',
    command: 'pvs -o name,uuid,vg_name,missing',
    code: 'backend_unreachable',
  },
  'lvm.fenced': {
    title: 'Another host has taken over the volume group',
    detail: 'The volume group {group} carries the number {found} of a newer keeper; this host has {own}.',
    advice:
      'This host was cut off from its controller and changes nothing any more. It hears of its part when it is reached again; reconnect the pool if this stays.',
    command: 'vgs -o name,tags {group}',
    code: 'conflict',
  },
  'lvm.thin_pool_missing': {
    title: 'The thin pool is not there',
    advice:
      '[In the volume group {group} there is no thin pool {pool}|The volume group has no thin pool]. Connect the backend again, which makes one in a new group.',
    command: 'lvs -o name,segtype {group}',
    code: 'backend_unreachable',
  },
  'lvm.thin_pool_inactive': {
    title: 'The thin pool is not active on this host',
    advice: 'How full [{pool}|it] is cannot be told. Connect the backend again, or activate it by hand.',
    command: 'lvchange -ay {group}/{pool}',
    code: 'backend_unreachable',
  },
  'lvm.thin_pool_failed': {
    title: 'The thin pool does not work',
    detail: 'LVM says of the thin pool {pool}: {found}.',
    advice: 'Stop what uses its volumes, then let LVM check and repair it (lvmthin(7), "Metadata check and repair").',
    command: 'lvs -o name,lv_health_status,lv_attr {group}/{pool}',
    code: 'command_failed',
  },
  'lvm.thin_pool_full': {
    title: 'The thin pool is nearly full',
    detail: 'Of the thin pool {pool}, {data} % of the data and {metadata} % of the metadata are in use.',
    advice:
      '[From {limit} % of either on nothing|Nothing] new is made in it: a full thin pool stops every machine that writes. Delete volumes or snapshots for good, or give it more room[; the volume group {group} has {free} left].',
    command: 'lvs -o name,size,data_percent,metadata_percent {group}/{pool}',
    code: 'disk_full',
  },
  'lvm.thin_pool_not_zeroing': {
    title: 'The thin pool hands out old data',
    advice:
      'Zeroing is switched off in [{pool}|it], so a new volume would show what was in a deleted one. Switch it on[: lvchange --zero y {group}/{pool}].',
    command: 'lvs -o name,zero {group}/{pool}',
    code: 'conflict',
  },
  'lvm.no_room': {
    title: 'The volume group has not that much room',
    detail: 'It needs {wanted}, and {free} are left in the volume group {group}.',
    advice: 'Make it smaller, delete volumes for good, or add room to the volume group.',
    command: 'vgs -o name,size,free {group}',
    code: 'disk_full',
  },
  'lvm.growth_unfinished': {
    title: 'The volume was not made larger to the end',
    advice: 'Behind its former end there may be data of deleted volumes. Make it larger once more, which clears that.',
    code: 'conflict',
  },
  'lvm.being_purged': {
    title: 'The volume is being deleted for good',
    advice: 'Its content is thrown away already. Delete it for good once more.',
    code: 'conflict',
  },
} as const satisfies Record<string, Problem>
