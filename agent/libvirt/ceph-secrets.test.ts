import { expect, test } from 'vitest'
import { cephSecrets, parseSecrets } from '@/agent/libvirt/ceph-secrets'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { Secret } from '@/lib/secret'

const UUID = '4a1c7e52-0f6e-4b51-9d3e-6f0b1a2c3d4e'

test('reads the secrets of Ceph from the list, whatever they are called', () => {
  const list = ` ${UUID}   ceph holdfast bkd_1\n 00000000-0000-4000-8000-000000000001   volume /var/x\n 00000000-0000-4000-8000-000000000002   ceph two  words\n`
  expect(parseSecrets(list)).toEqual([
    { uuid: UUID, usage: 'holdfast bkd_1' },
    { uuid: '00000000-0000-4000-8000-000000000002', usage: 'two  words' },
  ])
  expect(parseSecrets('\n')).toEqual([])
})

test('a virsh that takes keys in arguments alone is refused, and is handed none', async () => {
  const files: unknown[] = []
  const host = {
    run: async (_command: string, args: readonly string[]) => {
      if (!args.includes('secret-set-value')) return { exitCode: 0, stdout: '', stderr: '' }
      const stderr = "error: command 'secret-set-value' doesn't support option --file"
      throw new CommandError({ command: 'virsh', exitCode: 1, signal: null, stderr, stdout: '' })
    },
    secretFile: async (content: Secret | string) => {
      files.push(content)
      return { path: '/run/x', done: async () => void files.pop() }
    },
  }
  const wanted = { usage: 'holdfast bkd_1', uuid: UUID, key: new Secret('AQB=') }
  await expect(cephSecrets().keep(wanted, true, host)).rejects.toMatchObject({ code: 'unsupported' })
  expect(files).toEqual([])
})
