import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { argumentLines, hostsToAttach } from '@/components/volumes/attach-words'
import { attachInfo } from '@/lib/libvirt/attach-info'

test('a shell reads from the copied lines exactly the arguments that are meant', () => {
  const { qemu_args: args } = attachInfo({
    place: { kind: 'directory', path: `/mnt/it's "odd" $HOME \\ & <wide>` },
    backendId: 'bkd_1',
    volume: { id: 'vol_1', format: 'qcow2', accessMode: 'RWO' },
    host: { libvirt: null, qemu: null },
    wish: { bus: 'scsi' },
  })
  const text = argumentLines(args)
  expect(execFileSync('sh', ['-c', `printf '%s\\n' ${text}`], { encoding: 'utf8' })).toBe(`${args.join('\n')}\n`)
  expect(text.split('\n')).toHaveLength(args.length / 2)
})

test('hosts where the pool is open come first; what one host alone has is for its machines alone', () => {
  const hosts = [
    { host_id: 'a', host_name: 'node-a', phase: 'ERROR' },
    { host_id: 'c', host_name: 'node-c', phase: 'DEGRADED' },
    { host_id: 'b', host_name: 'node-b', phase: 'READY' },
    { host_id: 'd', host_name: 'node-d', phase: 'CLOSING' },
  ] as const
  const ids = (sharing: 'own' | 'shared') =>
    hostsToAttach({ hosts, sharing }, { host_id: 'a' }).map((each) => each.host_id)
  expect(ids('shared')).toEqual(['b', 'c', 'a'])
  expect(ids('own')).toEqual(['a'])
})
