import { COMMANDS, USAGE } from '@/lib/cli/commands'
import { endWithReader } from '@/lib/closed-reader'
import { readEnv } from '@/lib/env'
import { toHoldfastError } from '@/lib/errors'

/** `npm run -s holdfast -- <verb>`: answers go to stdout, everything said to a person to stderr. */
endWithReader()
const words = process.argv.slice(2)
const found = COMMANDS.find((command) => command.words.every((word, index) => words[index] === word))
if (!found) {
  process.stderr.write(USAGE)
  process.exitCode = words.length === 0 || words.includes('--help') ? 0 : 2
} else {
  try {
    process.exitCode = await found.run(readEnv(), words.slice(found.words.length))
  } catch (error) {
    const known = toHoldfastError(error)
    const message = known.code === 'internal' && error instanceof Error ? error.message : known.message
    process.stderr.write(`holdfast: ${message}\n`)
    process.exitCode = 1
  }
}
