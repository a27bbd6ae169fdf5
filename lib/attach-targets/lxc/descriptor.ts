import type { AttachTargetDescriptor } from '@/lib/attach-targets/contract/descriptor'

export const lxc: AttachTargetDescriptor = {
  id: 'lxc',
  title: 'LXC',
  runs: 'container',
  isPowered: true,
  takesMounts: null,
  hostCommands: ['lxc-ls', 'lxc-info', 'lxc-start', 'lxc-stop', 'lxc-unfreeze', 'pct'],
}
