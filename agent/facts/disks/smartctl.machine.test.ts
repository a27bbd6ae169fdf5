import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ANY_EXIT, QUESTION } from '@/agent/facts/disks/disk-watch'
import { parseSmart } from '@/agent/facts/disks/parse-smart'
import { Runner } from '@/agent/host/exec/run'

let directory = ''
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'smartctl-'))
})
afterAll(() => rmSync(directory, { recursive: true }))

const ask = async (args: readonly string[]) =>
  parseSmart((await new Runner().run('smartctl', args, { okExitCodes: ANY_EXIT })).stdout)

it('understands what it is asked, and says in JSON why it cannot open what is no disk', async () => {
  expect(await ask([...QUESTION, join(directory, 'none')])).toMatchObject({
    kind: 'unreadable',
    problem: expect.stringContaining('Unable to detect device type'),
  })
  const file = join(directory, 'file')
  writeFileSync(file, 'no disk')
  const answer = await ask([...QUESTION, '--device=scsi', file])
  expect(answer).toMatchObject({ kind: 'unreadable' })
  // What it does not understand reads otherwise.
  expect(await ask([...QUESTION, '--no-such-option', file])).toMatchObject({
    kind: 'unreadable',
    problem: expect.stringMatching(/no-such-option/i),
  })
})
