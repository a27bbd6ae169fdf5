import type { AttachTargetDescriptor } from '@/lib/attach-targets/contract/descriptor'

export const libvirt: AttachTargetDescriptor = {
  id: 'libvirt',
  title: 'libvirt',
  runs: 'machine',
  isPowered: true,
  isMade: true,
  takesMounts: 'tag',
  hostCommands: ['virsh'],
}
