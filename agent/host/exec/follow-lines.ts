import type { Readable } from 'node:stream'
import { StringDecoder } from 'node:string_decoder'

/** Hands over each line of output and error output as it comes; a carriage return ends one too. */
export function followLines(
  child: { stdout: Readable | null; stderr: Readable | null },
  onLine: (line: string) => void,
): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue
    const decoder = new StringDecoder('utf8')
    let rest = ''
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + decoder.write(chunk)).split(/\r?\n|\r/)
      rest = lines.pop()?.slice(0, 65_536) ?? ''
      for (const line of lines) if (line.trim() !== '') onLine(line)
    })
    stream.once('end', () => {
      if (rest.trim() !== '') onLine(rest)
    })
  }
}
