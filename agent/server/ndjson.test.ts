import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import type { ResourceNews } from '@/agent/resources/listed-kind'
import { openEventStream } from '@/agent/server/ndjson'

/** A reader that takes lines only while it is not busy. */
class Reader extends EventEmitter {
  readonly lines: { resources: Record<string, unknown>; gone?: Record<string, string[]>; versions?: object }[] = []
  destroyed = false
  writableEnded = false
  writableLength = 0
  writableNeedDrain = false
  writeHead(): void {}
  flushHeaders(): void {}
  end(): void {}
  write(line: string): void {
    this.lines.push(JSON.parse(line))
  }
}

function news(
  kind: string,
  changed: Record<string, string>,
  gone: readonly string[] = [],
  version?: string,
): ResourceNews {
  return { kind, changed: new Map(Object.entries(changed)), gone, version: version ?? null }
}

test('a reader that is busy gets the newest of each resource when it reads again, and what is gone by then', () => {
  const reader = new Reader()
  const stream = openEventStream(reader as unknown as ServerResponse)
  stream.send([news('mount', { a: 'a1', b: 'b1' }), news('connection', {})])
  reader.writableNeedDrain = true
  stream.send([news('mount', { a: 'a2' })])
  stream.send([news('mount', { a: 'a3', c: 'c1' }, [], 'x.1')])
  stream.send([news('mount', {}, ['b', 'c'], 'x.2')])
  stream.send([news('connection', {}, ['x'])])
  stream.send([news('connection', { x: 'made again' })])
  expect(reader.lines).toHaveLength(1)
  reader.writableNeedDrain = false
  reader.emit('drain')
  reader.emit('close')
  expect(reader.lines.map(({ resources, gone, versions }) => ({ resources, gone, versions }))).toEqual([
    { resources: { mount: ['a1', 'b1'], connection: [] }, gone: undefined, versions: undefined },
    {
      resources: { mount: ['a3'], connection: ['made again'] },
      gone: { mount: ['b', 'c'] },
      versions: { mount: 'x.2' },
    },
  ])
})
