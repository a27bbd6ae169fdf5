import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const STAND_IN = fileURLToPath(new URL('./stand-in.ts', import.meta.url))
const FILE_SYSTEM = fileURLToPath(new URL('../../agent/hang-fs.ts', import.meta.url))
const MARK = '# stand-in of the tests'

/** The command line of a stand-in, for a node that a test runs itself. */
export function standIn(program: 'wolfdisk' | 'wolfdiskctl', args: readonly string[]): [string, string[]] {
  return [process.execPath, [STAND_IN, FILE_SYSTEM, program, ...args]]
}

/** Puts the stand-ins where the agent looks for the real programs; a real one is never replaced. Returns what removes them. */
export function installStandIns(programs: readonly ('wolfdisk' | 'wolfdiskctl')[]): () => void {
  const paths = programs.map((program) => {
    const path = `/usr/local/bin/${program}`
    if (existsSync(path) && !readFileSync(path, 'utf8').includes(MARK)) throw new Error(`${path} is a real program`)
    const [command, args] = standIn(program, [])
    const words = [command, ...args].map((word) => `'${word}'`).join(' ')
    mkdirSync('/usr/local/bin', { recursive: true })
    writeFileSync(path, `#!/bin/sh\n${MARK}\nexec ${words} "$@"\n`, { mode: 0o755 })
    return path
  })
  return () => {
    for (const path of paths) rmSync(path, { force: true })
  }
}
