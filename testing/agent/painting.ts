/**
 * A kind of long work for tests: a frame is made, a program paints, the picture is hung; all of it in a directory of the test. The
 * program waits for a file `brush-<n>` before it goes on after its n-th stroke.
 */

import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { JobKind } from '@/agent/commands/jobs/job-kind'
import { HoldfastError } from '@/lib/errors'
import { Secret } from '@/lib/secret'

export const STROKES = 3
export const COLOUR = 'canary-colour-of-the-painter'

/** Runs in the program, so it uses nothing from outside. */
function paint(base: string, strokes: number): void {
  const fs = process.getBuiltinModule('node:fs')
  fs.appendFileSync(`${base}/pids`, `${process.pid}\n`)
  fs.appendFileSync(`${base}/canvas`, 'x')
  const say = (line: string) => fs.writeSync(1, `${line}\n`)
  say(`colour ${process.env.COLOUR} ${fs.readFileSync(0, 'utf8')}`)
  let at = 0
  const go = () => {
    // Its test has ended without it.
    if (!fs.existsSync(base)) process.exit(9)
    if (fs.existsSync(`${base}/brush-${at}`) || at === 0) {
      at++
      say(`progress ${at} ${strokes}`)
      if (at === strokes && fs.existsSync(`${base}/spoil`)) process.exit(7)
      if (at === strokes && fs.existsSync(`${base}/crash`)) process.abort()
      if (at === strokes) {
        say('painted')
        process.exit(0)
      }
    }
    setTimeout(go, 5)
  }
  go()
}

const Painting = z.object({ whenKilled: z.enum(['resume', 'undo']), silentMs: z.number() })
type Painting = z.infer<typeof Painting>

export function paintingKind(base: string): JobKind<Painting> {
  return {
    command: 'paint',
    request: Painting,
    async work({ whenKilled, silentMs }, turn) {
      await turn.step(
        'frame',
        async () => mkdirSync(join(base, 'frame'), { recursive: true }),
        async () => rmSync(join(base, 'frame'), { recursive: true, force: true }),
      )
      const program = {
        command: 'node',
        args: [join(turn.directory('paint'), 'paint.cjs')],
        files: { 'paint.cjs': `(${paint.toString()})(${JSON.stringify(base)}, ${STROKES})\n` },
        env: { COLOUR: new Secret(COLOUR) },
        input: new Secret(COLOUR.toUpperCase()),
        parseProgress(line: string) {
          const [, done, total] = /^progress (\d+) (\d+)$/.exec(line) ?? []
          return done === undefined ? null : { done: Number(done), total: Number(total), unit: 'items' as const }
        },
        whenKilled,
        silentMs,
      }
      const end = await turn.run('paint', program, async () => rmSync(join(base, 'canvas'), { force: true }))
      if (end.exitCode !== 0) throw new HoldfastError('command_failed', `It was spoilt (${end.exitCode}).`)
      await turn.step('wall', async () => appendFileSync(join(base, 'hung'), 'x'))
      return { lines: end.lines }
    },
  }
}

/** The program may go on after its n-th stroke. */
export function giveBrush(base: string, ...strokes: number[]): void {
  for (const stroke of strokes) writeFileSync(join(base, `brush-${stroke}`), '')
}

/** Of each start of the program. */
export function painters(base: string): number[] {
  const file = join(base, 'pids')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : []
}
