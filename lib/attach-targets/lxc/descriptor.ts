import type { AttachTargetDescriptor } from '@/lib/attach-targets/contract/descriptor'

export const lxc: AttachTargetDescriptor = {
  id: 'lxc',
  title: 'LXC',
  runs: 'container',
  isPowered: true,
  isMade: false,
  takesMounts: 'path',
  hostCommands: ['lxc-ls', 'lxc-info', 'lxc-config', 'lxc-start', 'lxc-stop', 'lxc-unfreeze', 'pct'],
}
