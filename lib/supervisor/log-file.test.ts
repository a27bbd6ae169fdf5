import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LogFile } from '@/lib/supervisor/log-file'
import { waitFor } from '@/testing/wait'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'holdfast-log-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

const at = (name: string) => path.join(directory, name)
const text = (name: string) => readFile(at(name), 'utf8').catch(() => '')
const until = (name: string, part: string) =>
  waitFor(`${part} in ${name}`, async () => (await text(name)).includes(part))

describe('the log of a process', () => {
  it('rotates while it is written: nothing is lost between files, and all together stay below the limit', async () => {
    const limits = { fileBytes: 1_000, files: 3 }
    await writeFile(at('web.log'), `${'o'.repeat(899)}\n`)
    const log = new LogFile(directory, 'web', limits)
    for (let line = 0; line < 12; line++) {
      log.write(`line ${line} ${'x'.repeat(190)}\n`)
      await until('web.log', `line ${line} `)
    }
    await log.close()
    const names = (await readdir(directory)).sort()
    expect(names).toEqual(['web.log', 'web.log.1', 'web.log.2'])
    for (const name of names) expect((await stat(at(name))).size).toBeLessThanOrEqual(limits.fileBytes)
    const all = (await text('web.log.2')) + (await text('web.log.1')) + (await text('web.log'))
    const numbers = [...all.matchAll(/^line (\d+) /gm)].map((match) => Number(match[1]))
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 12 - numbers.length + index))
    expect(numbers.length).toBeGreaterThanOrEqual(9)
    expect((await stat(at('web.log'))).mode & 0o777).toBe(0o600)
  })

  it('drops and counts what a full disk does not take, and says the count when there is room, without being asked', async () => {
    await symlink('/dev/full', at('web.log'))
    const log = new LogFile(directory, 'web', { retryMs: 5 })
    log.write('one\ntwo\n')
    log.write('three\n')
    await waitFor('three lines dropped', () => log.dropped === 3)
    await unlink(at('web.log'))
    await until('web.log', 'dropped')
    log.write('four\n')
    await log.close()
    const [note, ...rest] = (await text('web.log')).trimEnd().split('\n')
    expect(JSON.parse(note ?? '')).toMatchObject({ level: 'warn', lines: 3, reason: 'ENOSPC' })
    expect(rest).toEqual(['four'])
  })

  it('waits for a directory that has gone, and writes on when it is back', async () => {
    const log = new LogFile(at('away'), 'web', { retryMs: 5 })
    log.write('lost\n')
    await waitFor('a line dropped', () => log.dropped === 1)
    await mkdir(at('away'))
    await until('away/web.log', '"lines":1')
    log.write('kept\n')
    await log.close()
    expect(await text('away/web.log')).toMatch(/kept\n$/)
  })

  it('keeps no more waiting than it may', async () => {
    const log = new LogFile(directory, 'web', { waitingBytes: 10_000 })
    const line = `${'x'.repeat(99)}\n`
    for (let count = 0; count < 1_000; count++) log.write(line)
    await until('web.log', 'dropped')
    await log.close()
    const lines = (await text('web.log')).trimEnd().split('\n')
    const notes = lines.filter((found) => found.startsWith('{')).map((found) => JSON.parse(found) as { lines: number })
    const said = notes.reduce((sum, note) => sum + note.lines, 0)
    expect(said).toBeGreaterThan(800)
    expect(lines.length - notes.length + said).toBe(1_000)
  })
})
