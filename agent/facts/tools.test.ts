import { describe, expect, test } from 'vitest'
import { neededCommands, parseVersion, Tools } from '@/agent/facts/tools'
import { locateCommand } from '@/agent/host/exec/commands'
import { Runner } from '@/agent/host/exec/run'
import { HoldfastError } from '@/lib/errors'

const USERS = [
  { id: 'nfs', hostCommands: ['mount.nfs', 'showmount'] },
  { id: 's3', hostCommands: ['rclone', 'fusermount3'] },
  { id: 'archive', hostCommands: ['rclone'] },
]

test.each([
  ['mount from util-linux 2.38.1 (libmount 2.38.1: selinux)', '2.38.1'],
  ['rclone v1.60.1-DEV\n- os/version: debian 12.8', '1.60.1'],
  ['mount.nfs: (linux nfs-utils 2.6.2)', '2.6.2'],
  ['fusermount3 version: 3.14.0', '3.14.0'],
  ['chattr 1.47.0 (5-Feb-2023)', '1.47.0'],
  ['', null],
  ['usage: thing [-x]', null],
])('version in %j', (text, version) => {
  expect(parseVersion(text)).toBe(version)
})

test('a command is listed once, with everybody who needs it', () => {
  const needed = neededCommands(USERS)
  expect(needed.get('rclone')).toEqual(['s3', 'archive'])
  expect(needed.get('mount')).toEqual(['agent'])
  expect(needed.has('apt-get')).toBe(false)
})

test('what nobody needs is told of where it is, so that its version is known, and is not installed', async () => {
  const tools = new Tools([], 'debian')
  const told = (await tools.status(new Runner())).find(({ command }) => command === 'virsh')
  const path = locateCommand('virsh')
  if (path === null) expect(told).toBeUndefined()
  else expect(told).toMatchObject({ path, version: expect.stringMatching(/^\d+\.\d+/), neededBy: [] })
  expect(() => tools.packagesFor(['virsh'])).toThrow(expect.objectContaining({ code: 'invalid_input' }))
})

describe('on this machine', () => {
  test('what is there has a path and a version, asked for once', async () => {
    const tools = new Tools(USERS, 'debian')
    let started = 0
    class CountingRunner extends Runner {
      override run(...args: Parameters<Runner['run']>) {
        started++
        return super.run(...args)
      }
    }
    const runner = new CountingRunner()
    const first = await tools.status(runner)
    const mount = first.find((tool) => tool.command === 'mount')
    expect(mount?.path).toMatch(/^\//)
    expect(mount?.version).toMatch(/^\d+\.\d+/)
    expect(first.find((tool) => tool.command === 'mount.nfs')?.package).toBe('nfs-common')
    const once = started
    expect(await tools.status(runner)).toEqual(first)
    expect(started).toBe(once)
  })
})

test('nobody waits longer than he wants for a version, and what was learnt meanwhile is there for the next one', async () => {
  const tools = new Tools(USERS, 'debian')
  const gate = Promise.withResolvers<void>()
  let together = 0
  let most = 0
  class SlowRunner extends Runner {
    override async run(...args: Parameters<Runner['run']>) {
      most = Math.max(most, ++together)
      await gate.promise
      together--
      return super.run(...args)
    }
  }
  const versions = (found: Awaited<ReturnType<Tools['status']>>) => found.map((tool) => tool.version)
  const early = await tools.status(new SlowRunner(), 1)
  expect(early.find((tool) => tool.command === 'mount')).toMatchObject({ path: expect.any(String), version: null })
  const second = tools.status(new SlowRunner())
  gate.resolve()
  expect(versions(await second)).toContainEqual(expect.stringMatching(/^\d/))
  expect(most).toBe(3)
})

test('a program that no package brings has none, so that nobody is offered to install it', async () => {
  const tools = new Tools([{ id: 'wolfdisk', hostCommands: ['wolfdisk'] }], 'debian')
  const found = (await tools.status(new Runner())).find((tool) => tool.command === 'wolfdisk')
  expect(found).toMatchObject({ package: null, neededBy: ['wolfdisk'] })
  expect(() => tools.packagesFor(['wolfdisk'])).toThrow(expect.objectContaining({ code: 'unsupported' }))
})

describe('packages', () => {
  test('one for several commands, after the distribution', () => {
    expect(new Tools(USERS, 'debian').packagesFor(['mount.nfs', 'showmount', 'rclone'])).toEqual([
      'nfs-common',
      'rclone',
    ])
    expect(new Tools(USERS, 'rhel').packagesFor(['mount.nfs'])).toEqual(['nfs-utils'])
  })

  test.each([['apt-get'], ['../x'], ['-y'], ['mount.cifs'], ['constructor']])('%s is not for sale', (command) => {
    expect(() => new Tools(USERS, 'debian').packagesFor([command])).toThrow(HoldfastError)
  })
})
