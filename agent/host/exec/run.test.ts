import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { CommandError } from '@/lib/drivers/problems/command-error'
import { Secret } from '@/lib/secret'
import { Redactor } from './redact'
import { Runner } from './run'

const scratch = mkdtempSync(join(tmpdir(), 'holdfast-run-'))
afterAll(() => rmSync(scratch, { recursive: true }))

const inNode = (script: string) => ['-e', script] as const

describe('Runner', () => {
  it('passes arguments as they are, with a cleared environment', async () => {
    process.env.HOLDFAST_LEAK = 'leaked'
    const args = ['a b', '$HOME', '`id`', '; touch x', '-n', '']
    const result = await new Runner().run('node', [
      ...inNode('process.stdout.write(JSON.stringify([process.argv.slice(1), process.env]))'),
      '--',
      ...args,
    ])
    const [seen, env] = JSON.parse(result.stdout)
    expect(seen).toEqual(args)
    expect(env).toEqual({ LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' })
  })

  it('keeps a long answer only where that is asked for, and hands over any number of lines', async () => {
    const long = inNode(
      "process.stdout.write('x'.repeat(99).concat('\\n').repeat(30_000)); process.stderr.write('said')",
    )
    await expect(new Runner().run('node', long)).rejects.toThrow('more than 1048576 bytes')
    const kept = await new Runner().run('node', long, { outputCap: 4 * 1024 ** 2 })
    expect(kept.stdout).toHaveLength(3_000_000)
    let lines = 0
    const eachLine = (line: string) => {
      if (line.length === 99) lines++
    }
    expect(await new Runner().run('node', long, { eachLine })).toEqual({ exitCode: 0, stdout: '', stderr: 'said' })
    expect(lines).toBe(30_000)
  })

  it('gives any text to the program unchanged, and nothing to a shell', async () => {
    const recorder = join(scratch, 'recorder.mjs')
    writeFileSync(recorder, `#!${process.execPath}\nprocess.stdout.write(JSON.stringify(process.argv.slice(2)))\n`, {
      mode: 0o755,
    })
    const runner = new Runner({ paths: { stat: recorder } })
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('$(reboot)', '`id`', "'; rm -rf /", '-o', '--help', '\n', '"', '\\', '*', '~'),
    )
    const argument = text.filter((value) => !value.includes('\0') && value.isWellFormed())
    await fc.assert(
      fc.asyncProperty(fc.array(argument, { minLength: 4, maxLength: 40 }), async (args) => {
        const result = await runner.run('stat', args)
        expect(JSON.parse(result.stdout)).toEqual(args)
      }),
      { numRuns: 8 },
    )
  }, 30_000)

  it('gives all that a program printed, however busy the agent is when the program ends', async () => {
    const sizes = [10, 70_000, 200_000, 500_000]
    // Much longer than what is left open by a dead program is waited for.
    const busy = setInterval(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400), 1)
    const printed = [...sizes, ...sizes, ...sizes].map(async (size) => {
      const { stdout } = await new Runner().run('node', inNode(`process.stdout.write('x'.repeat(${size}))`))
      return stdout.length - size
    })
    expect(new Set(await Promise.all(printed).finally(() => clearInterval(busy)))).toEqual(new Set([0]))
  })

  it('refuses what is not in the catalogue, and a NUL byte', async () => {
    await expect(new Runner().run('sh', ['-c', 'true'])).rejects.toMatchObject({ code: 'internal' })
    await expect(new Runner().run('stat', ['a\0b'])).rejects.toMatchObject({ code: 'invalid_input' })
  })

  it('names the missing tool', async () => {
    const runner = new Runner({ paths: { rclone: join(scratch, 'absent') } })
    await expect(runner.run('rclone', ['version'])).rejects.toMatchObject({ code: 'tool_missing' })
  })

  it('turns an exit code into a CommandError without the secret in it', async () => {
    const secret = new Secret('canary-s3cret/+value')
    const redactor = new Redactor()
    redactor.add(secret)
    const spellings = `canary-s3cret/+value ${encodeURIComponent('canary-s3cret/+value')} ${btoa('canary-s3cret/+value')}`
    const failing = new Runner({ redactor }).run(
      'node',
      inNode(`console.error(${JSON.stringify(spellings)}); process.exit(3)`),
    )
    const error = await failing.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(CommandError)
    expect(error).toMatchObject({ code: 'command_failed', exitCode: 3, stderr: '*** *** ***\n' })
    expect(JSON.stringify([error, (error as Error).message, (error as Error).stack])).not.toContain('canary')
  })

  it('accepts exit codes that are answers', async () => {
    const result = await new Runner().run('node', inNode('process.exit(7)'), { okExitCodes: [0, 7] })
    expect(result.exitCode).toBe(7)
  })

  it('hands a secret over on stdin', async () => {
    const result = await new Runner().run('cat', [], { input: new Secret('through-stdin') })
    expect(result.stdout).toBe('through-stdin')
  })

  it('hands open descriptors over from 3 on', async () => {
    const file = join(scratch, 'inherited')
    writeFileSync(file, 'by descriptor')
    const fd = openSync(file, 'r')
    const result = await new Runner().run('cat', ['/proc/self/fd/3'], { inherit: [fd] })
    expect(result.stdout).toBe('by descriptor')
  })

  it('answers at the deadline although a grandchild holds the output, and kills the whole group', async () => {
    const pidFile = join(scratch, 'grandchild')
    const script = `
      const { spawn } = require('node:child_process')
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
      require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(child.pid))
      setInterval(() => {}, 1000)`
    const runner = new Runner()
    await expect(runner.run('node', inNode(script), { timeoutMs: 1000 })).rejects.toMatchObject({ code: 'timed_out' })
    await runner.settled()
    expect(runner.uncertain).toBe(false)
    const grandchild = Number(await new Runner().run('cat', [pidFile]).then((result) => result.stdout))
    expect(() => process.kill(grandchild, 0)).toThrow()
  })

  it('does not wait for a helper that keeps the output of a finished command', async () => {
    const script = `
      const { spawn } = require('node:child_process')
      const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'inherit', detached: true })
      child.unref(); console.log(child.pid)`
    const result = await new Runner().run('node', inNode(script))
    const helper = Number(result.stdout)
    expect(process.kill(helper, 'SIGKILL')).toBe(true)
  })

  it('stops a command that prints without end', async () => {
    const endless = inNode('const s = "x".repeat(65536); for (;;) require("node:fs").writeSync(1, s)')
    await expect(new Runner().run('node', endless)).rejects.toMatchObject({ code: 'command_failed' })
  })

  it('starts nothing past the deadline of the operation, and stops with its signal', async () => {
    const late = new Runner({ deadlineAt: performance.now() - 1 })
    await expect(late.run('cat', [])).rejects.toMatchObject({ code: 'timed_out' })
    const controller = new AbortController()
    const running = new Runner({ signal: controller.signal }).run('node', inNode('setInterval(() => {}, 1000)'))
    controller.abort()
    await expect(running).rejects.toMatchObject({ code: 'timed_out' })
  })

  it('tells what is run for people to read, how it ended and after how long, without a secret', async () => {
    const lines: string[] = []
    const redactor = new Redactor()
    redactor.add(new Secret("canary's s3cret"))
    const runner = new Runner({ redactor, tell: (line) => lines.push(line.replace(/after .*/, 'after …')) })
    await runner.run('node', inNode(''), { shown: ['--for', 'a b', "canary's s3cret"] })
    await expect(runner.run('node', inNode('process.exit(32)'), { shown: [] })).rejects.toMatchObject({ exitCode: 32 })
    const endless = inNode('setInterval(() => {}, 1000)')
    await expect(runner.run('node', endless, { shown: [], timeoutMs: 50 })).rejects.toMatchObject({ code: 'timed_out' })
    await runner.run('node', inNode(''))
    expect(lines).toEqual([
      "$ node --for 'a b' '***'",
      'node ended with 0 after …',
      '$ node',
      'node ended with 32 after …',
      '$ node',
      'node was given up on after …',
    ])
  })
})
