import { expect, it } from 'vitest'
import { ownerOf } from '@/agent/host/exec/cgroup-owner'

const ID = '0123456789abcdef'.repeat(4)

it.each([
  [`0::/system.slice/docker-${ID}.scope\n`, null, { kind: 'docker', name: '0123456789ab' }],
  [`0::/system.slice/docker-${ID}.scope\n`, 'jellyfin', { kind: 'docker', name: 'jellyfin' }],
  [`12:memory:/docker/${ID}\n11:cpu:/docker/${ID}\n0::/\n`, 'web', { kind: 'docker', name: 'web' }],
  [`0::/machine.slice/libpod-${ID}.scope/container\n`, null, { kind: 'podman', name: '0123456789ab' }],
  ['0::/lxc.payload.media/system.slice/nginx.service\n', null, { kind: 'lxc', name: 'media' }],
  ['0::/lxc/101/ns/system.slice/cron.service\n', null, { kind: 'lxc', name: '101' }],
  ['0::/machine.slice/machine-qemu\\x2d3\\x2dweb\\x2d1.scope/libvirt/emulator\n', null, { kind: 'vm', name: 'web-1' }],
  ['0::/system.slice/nfs\\x2dserver.service\n', null, { kind: 'service', name: 'nfs-server.service' }],
  ['0::/user.slice/user-1000.slice/session-3.scope\n', null, null],
  ['', null, null],
])('%j is %j %j', (cgroup, name, expected) => {
  expect(ownerOf(cgroup, name)).toEqual(expected)
})
