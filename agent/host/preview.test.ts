import { expect, it } from 'vitest'
import { checkMountRequest, isBind, renderOptions } from '@/agent/host/mounting/mount-options'
import { mountArguments } from '@/lib/drivers/preview'

const NFS = {
  fsType: 'nfs',
  source: 'nas:/m',
  target: '/mnt/m',
  options: ['vers=4.2', 'hard', 'retry=0'],
  readOnly: true,
}
const BIND = { fsType: 'none', source: '/srv/m', target: '/mnt/m', options: ['bind', 'noexec'], readOnly: false }

it('shows people the options that the agent renders, for a mount and for a bind', () => {
  for (const request of [NFS, BIND]) {
    checkMountRequest(request)
    const [last = []] = mountArguments(request).slice(-1)
    const prefix = isBind(request) ? 'remount,' : ''
    expect(last[last.indexOf('-o') + 1]).toBe(`${prefix}${renderOptions(request)}`)
  }
  expect([isBind(NFS), isBind(BIND)]).toEqual([false, true])
})
