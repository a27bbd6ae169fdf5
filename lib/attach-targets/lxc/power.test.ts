import { expect, it } from 'vitest'
import type { PowerAction } from '@/lib/agent-protocol/machine-power'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'
import { lxcPower } from '@/lib/attach-targets/lxc/power'
import { HoldfastError } from '@/lib/errors'

/** Proxmox as its manual has it, with one container. */
function proxmox(state: string) {
  const done: string[][] = []
  const host: ChangingTargetHost = {
    has: (command) => command === 'pct',
    ask: async () => null,
    tell: () => Promise.reject(new Error('Proxmox is told by its tool')),
    async run(command, args) {
      const stdout = (text: string) => ({ exitCode: 0, stdout: text, stderr: '' })
      if (args[0] === 'list') return stdout(`VMID       Status     Lock         Name\n100        ${state}        web\n`)
      if (args[0] === 'config') return stdout('hostname: web\nmp0: /mnt/shared/web,mp=/data\n')
      done.push([command, ...args])
      return stdout('')
    },
  }
  const power = async (action: PowerAction) => {
    const found = await lxcPower.find(host, '100')
    if (found === null) throw new HoldfastError('not_found', 'There is no such container.')
    await lxcPower.act(host, found, action)
    return done.at(-1)?.join(' ')
  }
  return { host, power }
}

it('is done by the words of Proxmox where that has the container', async () => {
  const { host, power } = proxmox('running')
  expect(await lxcPower.find(host, '100')).toMatchObject({ name: 'web', state: 'running', storage: [{ kind: 'bind' }] })
  expect(await lxcPower.find(host, '101')).toBeNull()
  expect(await power('shutdown')).toBe('pct shutdown 100 --forceStop=1 --timeout=30')
  expect(await power('off')).toBe('pct stop 100')
  expect(await power('reset')).toBe('pct reboot 100 --timeout=30')
  expect(await proxmox('stopped').power('start')).toBe('pct start 100')
})
