import type { EventEmitter } from 'node:events'

/** Ends a command quietly when whoever reads its answer, such as `head`, has enough of it. */
export function endWithReader(output: EventEmitter = process.stdout, end: () => void = () => process.exit(0)): void {
  output.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    end()
  })
}
