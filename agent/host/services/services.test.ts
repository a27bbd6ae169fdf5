import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Runner } from '@/agent/host/exec/run'
import { type ServiceManager, servicesOfSystemd } from './services'

const UNIT = 'holdfast-job-op_1-copy'

describe('services of systemd', () => {
  let base: string
  let runner: Runner
  let services: ServiceManager

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'holdfast-services-'))
    const systemctl = join(base, 'systemctl')
    const [calls, known] = [calledAt(), knownAt()].map((path) => JSON.stringify(path))
    writeFileSync(
      systemctl,
      [
        `#!${process.execPath}`,
        "const { appendFileSync, readFileSync } = require('node:fs')",
        'const words = process.argv.slice(2)',
        `appendFileSync(${calls}, words.filter((word) => !word.startsWith('-')).join(' ') + '\\n')`,
        `if (words[0] === 'show') process.stdout.write(readFileSync(${known}))`,
        "if (words[0] === 'reset-failed') process.exit(1)",
      ].join('\n'),
      { mode: 0o755 },
    )
    runner = new Runner({ paths: { systemctl } })
    services = servicesOfSystemd(base)
  })
  afterEach(() => rmSync(base, { recursive: true }))

  const calledAt = () => join(base, 'calls')
  const knownAt = () => join(base, 'known')
  const file = () => join(base, `${UNIT}.service`)
  const calls = () => readFileSync(calledAt(), 'utf8').trim().split('\n')
  /** As systemctl 252 and 257 print it. */
  const knows = (loadState: string, needsReload: string) =>
    writeFileSync(knownAt(), `LoadState=${loadState}\nNeedDaemonReload=${needsReload}\n`)
  const start = () =>
    services.start(runner, { unit: UNIT, directory: base, unitFile: '[Service]\n', environment: {}, scripts: {} })

  it('a unit that systemd reads when it is asked for it makes nobody wait for a reload of all', async () => {
    knows('loaded', 'no')
    const before = process.umask(0o077)
    await start().finally(() => process.umask(before))
    expect(statSync(file()).mode & 0o777).toBe(0o644)
    expect(readFileSync(file(), 'utf8')).toBe('[Service]\n')
    await services.stop(runner, UNIT, base)
    expect(existsSync(file())).toBe(false)
    expect(calls()).toEqual(['show', 'start', 'stop', 'reset-failed'].map((verb) => `${verb} ${UNIT}.service`))
    // Not there: nobody is asked.
    await services.stop(runner, UNIT, base)
    expect(calls()).toHaveLength(4)
  })

  it.each([
    ['loaded', 'yes'],
    ['not-found', 'no'],
    ['', ''],
  ])('is started after a reload where systemd has it as %s, changed since: %s', async (loadState, needsReload) => {
    knows(loadState, needsReload)
    await start()
    expect(calls()).toEqual([`show ${UNIT}.service`, 'daemon-reload', `start ${UNIT}.service`])
  })
})
