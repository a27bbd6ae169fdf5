import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Runner } from './run'

const scratch = mkdtempSync(join(tmpdir(), 'holdfast-late-'))
afterAll(() => rmSync(scratch, { recursive: true }))

function script(name: string, text: string): string {
  const file = join(scratch, name)
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

/** The event loop does nothing else. */
function busy(ms: number): void {
  const end = performance.now() + ms
  while (performance.now() < end) {}
}

/**
 * The kernel tells of the ends of several children at once, and libuv asks for all that have ended whenever it hears of one: a child may
 * be told to have ended in a turn of the event loop that has not looked at its output yet. If that turn then takes long, as when twenty
 * operations write to the journal, the time that is given to helpers is over before anything was read.
 */
it('keeps all that a child printed, also when its end is heard of first and nobody looks for long', async () => {
  const first = script('first', 'echo first')
  const second = script('second', 'sleep 0.5; echo second')
  const runner = new Runner({ paths: { cat: first, ls: second } })
  const late = runner.run('ls', [])
  const other = spawn(second, { stdio: 'ignore' }).on('exit', () => busy(600))
  // Both have ended when the turn is over that reads what this one printed.
  const reader = runner.run('cat', [], { onLine: () => busy(1_500) })
  busy(200)
  expect((await reader).stdout).toBe('first\n')
  expect((await late).stdout).toBe('second\n')
  expect(other.exitCode).toBe(0)
})
