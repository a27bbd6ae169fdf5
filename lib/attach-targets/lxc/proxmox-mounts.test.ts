import { expect, it } from 'vitest'
import type { FoundMount, MountCall } from '@/lib/attach-targets/contract/mounts'
import type { ChangingTargetHost } from '@/lib/attach-targets/contract/target-host'
import { lxcMounts } from '@/lib/attach-targets/lxc/mounts'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { testId } from '@/testing/ids'

const CALL: MountCall = {
  operationId: testId('operation', 'a'),
  signal: new AbortController().signal,
  accepted: [],
  log: () => undefined,
  step: (_name, work) => work(),
  secretFile: () => Promise.reject(new Error('nothing is given in files')),
  requireThere: () => undefined,
  isOurs: () => true,
}
const MOUNT: FoundMount = {
  attachmentId: testId('attachment', 'a'),
  mountId: testId('mount', 'a'),
  path: '/mnt/nas/web',
  inside: '/srv/data',
  readOnly: false,
}

/** `pct` as its manual has it, with one container: what is set while it runs is pending where that is said. */
function proxmox(settings: Record<string, string>, { state = 'stopped', isPending = false, mayWrite = true } = {}) {
  const current = new Map(Object.entries({ hostname: 'web', ...settings }))
  const pending = new Map<string, string | null>()
  const done: string[][] = []
  const set = (option: string) => {
    const [key = '', value = ''] = [option.slice(2, option.indexOf('=')), option.slice(option.indexOf('=') + 1)]
    const [name, wanted] = key === 'delete' ? [value, null] : [key, value]
    if (isPending) pending.set(name, wanted)
    else if (wanted === null) current.delete(name)
    else current.set(name, wanted)
  }
  const answer = (command: string, [verb = '', , option = '']: readonly string[]): string => {
    if (command === 'lxc-start') return mayWrite ? 'can-read\ncan-write\n' : 'can-read\n'
    if (verb === 'list') return `VMID       Status     Lock         Name\n100        ${state}                web\n`
    if (verb === 'set') set(option)
    const lines = (prefix: string) => [...current].map(([key, value]) => `${prefix}${key}: ${value}\n`).join('')
    if (verb === 'config') return lines('')
    const waiting = [...pending].map(([key, value]) => (value === null ? `del ${key}\n` : `new ${key}: ${value}\n`))
    return verb === 'pending' ? lines('cur ') + waiting.join('') : ''
  }
  const host: ChangingTargetHost = {
    has: (command) => command === 'pct',
    ask: async () => null,
    tell: () => Promise.reject(new Error('Proxmox is told by its tool')),
    async run(command, args) {
      if (command === 'lxc-start' || args[0] === 'set') done.push([command, ...args])
      if (args[0] === 'set' && args[2] === undefined)
        throw new CommandError({ command, exitCode: 255, signal: null, stdout: '', stderr: 'no options' })
      return { exitCode: 0, stdout: answer(command, args), stderr: 'cannot create' }
    },
  }
  return { host, current, done }
}

it('is a mount point of Proxmox in the first free place, and goes by its own name again', async () => {
  const { host, current, done } = proxmox({ mp0: 'local-lvm:vm-100-disk-1,mp=/var,size=8G' })
  const before = [...current]
  const plan = await lxcMounts.planAttach(host, '100', MOUNT)
  expect(plan.commands.at(-1)).toBe('pct set 100 --mp1=/mnt/nas/web,mp=/srv/data')
  expect(done).toEqual([])
  expect(await lxcMounts.attach(host, '100', MOUNT, CALL)).toEqual({ nativeId: '100', isLive: false, isKept: true })
  expect(current.get('mp1')).toBe('/mnt/nas/web,mp=/srv/data')
  await lxcMounts.attach(host, '100', MOUNT, CALL)
  expect(done.filter(([command]) => command === 'pct')).toEqual([
    ['pct', 'set', '100', '--mp1=/mnt/nas/web,mp=/srv/data'],
  ])
  const taken = lxcMounts.attach(host, '100', { ...MOUNT, inside: '/var', readOnly: true }, CALL)
  await expect(taken).rejects.toMatchObject({ code: 'conflict' })
  expect((await lxcMounts.planDetach(host, '100', MOUNT)).commands).toEqual(['pct set 100 --delete=mp1'])
  await lxcMounts.detach(host, '100', { ...MOUNT, path: null }, CALL)
  await lxcMounts.detach(host, '100', MOUNT, CALL)
  expect([...current]).toEqual(before)
})

it('says whether one that runs has it at once, as Proxmox tells', async () => {
  const at = async (isPending: boolean) =>
    lxcMounts.attach(proxmox({}, { state: 'running', isPending }).host, '100', MOUNT, CALL)
  expect(await at(false)).toMatchObject({ isLive: true, isKept: true })
  expect(await at(true)).toMatchObject({ isLive: false, isKept: true })
  const had = { mp3: '/mnt/nas/web,mp=/srv/data' }
  const taken = await lxcMounts.detach(proxmox(had, { state: 'running', isPending: true }).host, '100', MOUNT, CALL)
  expect(taken).toMatchObject({ isLive: false, isKept: true })
})

it('tries it as the root of an unprivileged one, and sets nothing where that cannot write', async () => {
  const { host, done } = proxmox({ unprivileged: '1' }, { mayWrite: false })
  await expect(lxcMounts.attach(host, '100', MOUNT, CALL)).rejects.toMatchObject({
    code: 'conflict',
    message: expect.stringContaining('user 100000 of this host'),
  })
  expect(done.map(([command]) => command)).toEqual(['lxc-start'])
  expect(done[0]).toContain('--define=lxc.idmap=u 0 100000 65536')
})

it('refuses a path that Proxmox would take apart, and what was set by hand to something else', async () => {
  const { host, done } = proxmox({ mp0: '/etc,mp=/srv/data' })
  for (const over of [{ path: '/mnt/nas/a,ro=1' }, { inside: '/srv/a b' }])
    await expect(lxcMounts.attach(proxmox({}).host, '100', { ...MOUNT, ...over }, CALL)).rejects.toMatchObject({
      code: 'conflict',
    })
  await expect(lxcMounts.detach(host, '100', MOUNT, CALL)).rejects.toMatchObject({ code: 'conflict' })
  expect(done).toEqual([])
})
