import 'server-only'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { type Actor, authorize } from '@/lib/auth/actor'
import { HoldfastError } from '@/lib/errors'

/** What `scripts/build-client.mjs` has made: a program for the computers of people, in one file. */
export async function clientProgram(actor: Actor): Promise<string> {
  authorize(actor, 'consoles.open')
  return readFile(path.resolve('dist/client/holdfast.mjs'), 'utf8').catch(() => {
    throw new HoldfastError('unavailable', 'The client was not built with this Holdfast.', {
      recovery: 'Run "npm run build" where it is installed, and start it again.',
    })
  })
}
