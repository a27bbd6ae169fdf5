import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { change } from '@/lib/volume-engines/image-files/change'
import { survey } from '@/lib/volume-engines/image-files/survey'
import { runnerEngineHost } from '@/testing/volume-engines/machine-host'
import { waitFor } from '@/testing/wait'
import { NodeChildren } from './node-children'
import { identify } from './processes'
import { Runner } from './run'

const opened: NodeChildren[] = []
afterEach(() => {
  for (const children of opened.splice(0)) children.close()
})

function evaluator(children = new NodeChildren()) {
  opened.push(children)
  return async (text: string, timeoutMs = 20_000) => {
    const runner = new Runner({ children })
    const { stdout } = await runner.run('node', ['-e', text], { evaluates: true, timeoutMs })
    return JSON.parse(stdout)
  }
}
const PID = 'process.pid'

it('evaluates one text after the other in one child, and tells what it gave or threw', async () => {
  const evaluate = evaluator()
  const { ok: pid } = await evaluate(PID)
  expect(await evaluate('function double(x) { return 2 * x }\n(double)(4)')).toEqual({ ok: 8 })
  expect(await evaluate('undefined')).toEqual({ ok: null })
  expect(await evaluate('"two\\nlines\\u2028 and more"')).toEqual({ ok: 'two\nlines\u2028 and more' })
  const missing = await evaluate('process.getBuiltinModule("node:fs").readFileSync("/not/there")')
  expect(missing).toEqual({ errno: 'ENOENT', what: 'open' })
  expect(await evaluate('no name')).toMatchObject({ errno: 'unknown' })
  expect(await evaluate(PID)).toEqual({ ok: pid })
})

it('gives up on a child that does not answer in time, and goes on with another one', async () => {
  const evaluate = evaluator()
  const { ok: pid } = await evaluate(PID)
  await expect(evaluate('for (;;);', 200)).rejects.toMatchObject({ code: 'timed_out' })
  expect(identify(pid)).toBeNull()
  const again = await evaluate(PID)
  expect(again.ok).not.toBe(pid)
})

it('says how a child ended that was killed or ended by itself, and goes on with another one', async () => {
  const evaluate = evaluator()
  await expect(evaluate('process.kill(process.pid, "SIGKILL")')).rejects.toMatchObject({ signal: 'SIGKILL' })
  await expect(evaluate('console.error("why"); process.exit(3)')).rejects.toMatchObject({
    exitCode: 3,
    stderr: 'why\n',
  })
  const { ok: pid } = await evaluate(PID)
  process.kill(pid, 'SIGKILL')
  await waitFor('another child', () =>
    evaluate(PID).then(
      ({ ok }) => ok !== pid,
      () => false,
    ),
  )
})

it('refuses an answer without end', async () => {
  await expect(evaluator()('"x".repeat(2000000)')).rejects.toMatchObject({ code: 'command_failed' })
})

it('uses a child for one text at a time, and ends those that have nothing to do with the agent', async () => {
  const children = new NodeChildren()
  const evaluate = evaluator(children)
  const slow = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100); process.pid'
  const answers = await Promise.all([evaluate(slow), evaluate(slow), evaluate(slow)])
  const pids: number[] = answers.map(({ ok }) => ok)
  expect(new Set(pids).size).toBe(3)
  await waitFor('the end of the one too many', () => pids.filter((pid) => identify(pid) !== null).length === 2)
  children.close()
  await waitFor('the end of the others', () => pids.every((pid) => identify(pid) === null))
})

it('ends a child whose agent was killed', async () => {
  const children = new NodeChildren()
  const child = children.take(process.execPath)
  await child.evaluate('1')
  // As the kernel does for one that is gone.
  child.process.closePipes()
  expect(await child.process.ended).toEqual({ exitCode: 0, signal: null })
})

it('holds nothing of a storage open when a text is done, also after one that failed', async () => {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-children-'))
  const children = new NodeChildren()
  const evaluate = evaluator(children)
  const host = runnerEngineHost(new Runner({ children }))
  try {
    writeFileSync(join(path, 'theirs'), 'x')
    await change(
      path,
      [
        { do: 'make directory', path: 'trash' },
        { do: 'write', path: 'trash/a', text: 'a' },
      ],
      { host },
    )
    await expect(change(path, [{ do: 'move', path: 'trash/a', to: 'theirs' }], { host })).rejects.toThrow()
    await expect(change(path, [{ do: 'mode', path: 'trash/b', mode: 0o600 }], { host })).rejects.toThrow()
    expect((await survey(path, null, { host })).others.map(({ name }) => name)).toEqual(['theirs'])
    const { ok: pid } = await evaluate(PID)
    const open = readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const target = ifThere(`/proc/${pid}/fd/${fd}`)
      return target?.startsWith(path) ? [target] : []
    })
    expect(open).toEqual([])
  } finally {
    rmSync(path, { recursive: true })
  }
})

function ifThere(link: string): string | null {
  try {
    return readlinkSync(link)
  } catch {
    return null
  }
}
