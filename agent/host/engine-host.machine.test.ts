import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { isErrorCode } from '@/lib/errors'
import type { WorkProgram } from '@/lib/volume-engines/contract/engine'
import { runnerEngineHost } from '@/testing/volume-engines/machine-host'
import { programCommand } from './engine-host'

const base = mkdtempSync(join(tmpdir(), 'holdfast jail #'))
afterAll(() => rmSync(base, { recursive: true }))
const pool = join(base, 'pool')
const outside = join(base, 'outside')
for (const directory of [pool, outside]) mkdirSync(directory)
writeFileSync(join(pool, 'disk'), 'of the pool')
writeFileSync(join(outside, 'secret'), 'of the host')
const host = runnerEngineHost(new Runner())
const confined = { readable: [pool] }

describe('a confined command', () => {
  it('reads what it may see and nothing else', async () => {
    const { stdout } = await host.run('cat', [join(pool, 'disk')], { confined })
    expect(stdout).toBe('of the pool')
    for (const hidden of [join(outside, 'secret'), '/etc/shadow', '/etc/passwd', '/proc/self/environ', '/dev/vda']) {
      await expect(host.run('cat', [hidden], { confined }), hidden).rejects.toMatchObject({
        command: 'cat',
        stderr: expect.stringContaining('No such file or directory'),
      })
    }
    const { stdout: root } = await host.run('ls', ['-A', '/', '/etc'], { confined })
    expect(root).not.toMatch(/proc|sys|home|root|shadow|passwd/)
    expect((await host.run('ls', ['-A', '/dev'], { confined })).stdout).toBe('null\n')
  })

  it('writes only where it may', async () => {
    const to = (path: string) => ['if=/lib/os-release', `of=${path}`, 'status=none']
    await expect(host.run('dd', to(join(pool, 'new')), { confined })).rejects.toMatchObject({
      stderr: expect.stringContaining('Read-only file system'),
    })
    await host.run('dd', to(join(pool, 'new')), { confined: { readable: [pool], writable: [pool] } })
    expect(readFileSync(join(pool, 'new'), 'utf8')).toContain('NAME=')
  })

  it('has what QEMU tries its locks on, and so says nothing of them in the log', async () => {
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', join(pool, 'disk.qcow2'), '1M'])
    const { stderr } = await host.run('qemu-img', ['check', '-q', '-f', 'qcow2', join(pool, 'disk.qcow2')], {
      confined,
    })
    expect(stderr).toBe('')
  })

  it('has no network, and no right to mount or to see other processes', async () => {
    const { stdout } = await host.run('ip', ['-o', 'link'], { confined })
    expect(stdout.trim().split('\n')).toHaveLength(1)
    expect(stdout).toContain('lo:')
    expect(stdout).not.toContain('state UP')
    await expect(host.run('mount', ['--bind', pool, '/etc'], { confined })).rejects.toMatchObject({ command: 'mount' })
    await expect(host.run('chroot', ['/usr'], { confined })).rejects.toMatchObject({
      stderr: expect.stringContaining('Operation not permitted'),
    })
  })

  it('with the way to Ceph it has the network of the host, and still nothing else of it', async () => {
    const reaching = { ...confined, network: true } as const
    const { stdout } = await host.run('ip', ['-o', 'link'], { confined: reaching })
    expect(stdout).toContain(',UP')
    const hosts = await host.run('cat', ['/etc/hosts'], { confined: reaching })
    expect(hosts.stdout).toBe(readFileSync('/etc/hosts', 'utf8'))
    for (const hidden of [join(outside, 'secret'), '/etc/shadow', '/proc/self/environ']) {
      await expect(host.run('cat', [hidden], { confined: reaching }), hidden).rejects.toMatchObject({
        stderr: expect.stringContaining('No such file or directory'),
      })
    }
    await expect(host.run('mount', ['--bind', pool, '/etc'], { confined: reaching })).rejects.toMatchObject({
      command: 'mount',
    })
  })

  it('is ended when it takes too much memory', async () => {
    const much = ['if=/lib/os-release', 'bs=3G']
    await expect(host.run('dd', much, { confined })).rejects.toMatchObject({
      stderr: expect.stringContaining('memory exhausted'),
    })
  })

  it('leaves no mount behind, and hands over how it ended', async () => {
    // What other tests of this machine mount meanwhile is theirs.
    const mounts = () => readFileSync('/proc/self/mountinfo', 'utf8').match(/^.* \/sys .*$|^.*holdfast\\040jail.*$/gm)
    const before = mounts()
    const result = await host.run('cmp', [join(pool, 'disk'), '/usr/lib/os-release'], { confined, okExitCodes: [0, 1] })
    expect(result.exitCode).toBe(1)
    expect(mounts()).toEqual(before)
  })

  it('refuses what is not in the catalogue', async () => {
    const failure = await host.run('sh', ['-c', 'true'], { confined }).catch((error: unknown) => error)
    expect(isErrorCode((failure as { code: unknown }).code)).toBe(true)
    expect(failure).toMatchObject({ code: 'internal' })
  })
})

describe('programCommand', () => {
  const program: WorkProgram = {
    command: 'cat',
    args: [join(pool, 'disk')],
    parseProgress: () => null,
    whenKilled: 'resume',
    silentMs: 1_000,
  }

  it('starts the program itself, or what runs it confined', () => {
    expect(programCommand(program)).toEqual({ command: 'cat', args: [join(pool, 'disk')] })
    const { command, args } = programCommand({ ...program, confined })
    expect(execFileSync(command, [...args], { encoding: 'utf8' })).toBe('of the pool')
  })
})
