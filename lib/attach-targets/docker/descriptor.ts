import type { AttachTargetDescriptor } from '@/lib/attach-targets/contract/descriptor'

export const docker: AttachTargetDescriptor = {
  id: 'docker',
  title: 'Docker',
  runs: 'container',
  isPowered: true,
  isMade: true,
  takesMounts: 'path',
  hostCommands: [],
}
