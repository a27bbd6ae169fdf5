import type { AttachTargetDescriptor } from '@/lib/attach-targets/contract/descriptor'

export const lxc: AttachTargetDescriptor = {
  id: 'lxc',
  title: 'LXC',
  runs: 'container',
  isPowered: false,
  hostCommands: ['lxc-ls', 'lxc-info', 'pct'],
}
