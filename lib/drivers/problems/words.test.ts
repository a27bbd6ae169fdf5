import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PROBLEMS, type ProblemId } from '@/lib/drivers/problems/catalogue'
import type { Problem, ProblemValue } from '@/lib/drivers/problems/definition'
import { explain } from '@/lib/drivers/problems/words'

const ids = Object.keys(PROBLEMS) as ProblemId[]
/** What "the …" may stand for in a sentence when it is not known. */
const NOUNS = ['server', 'target', 'namespace']

function namesIn(...templates: (string | undefined)[]): string[] {
  const all = templates.flatMap((template) => [...(template ?? '').matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name))
  return [...new Set(all)]
}

/** Every way in which some of the values are not known, none and all of them included. */
function subsets(values: [string, ProblemValue][]): Record<string, ProblemValue>[] {
  const ways = Array.from({ length: 2 ** values.length }, (_unused, way) =>
    values.filter((_value, index) => (way & (1 << index)) !== 0),
  )
  return ways.map((known) => Object.fromEntries(known))
}

/** What no sentence for people may have. */
const FAULTS: readonly [string, RegExp][] = [
  ['a hole', /undefined|null|[{}[\]|]/],
  ['a doubled word', /\b(\w+)\s+\1\b/i],
  ['"port the port"', /\b(\w+) (?:the|a|its) \1\b/i],
  ['a gap', / {2}|\(\s*\)|"\s*"|\s[,.;:)]|[,;:]\.|\.\./],
  ['a quoted "the …"', /["'.]the \w+["']|\.the /],
  ['a wrong end', /[^.]$/],
]

function faultsOf(sentence: string): string[] {
  return FAULTS.filter(([, pattern]) => pattern.test(sentence)).map(([name]) => name)
}

describe.each(ids)('%s', (id) => {
  const problem: Problem = PROBLEMS[id]
  const names = namesIn(problem.detail, problem.advice, problem.command)
  const values = names.map((name, index): [string, ProblemValue] => [name, name === 'port' ? 2049 : `V${index}`])

  it('is whole sentences whatever is known', () => {
    for (const known of subsets(values)) {
      const { title, message, advice, command } = explain(id, known)
      for (const sentence of [`${title}.`, message, advice])
        expect([sentence, ...faultsOf(sentence)]).toEqual([sentence])
      expect(advice).toMatch(/^[A-Z]/)
      const isWhole = namesIn(problem.command).every((name) => name in known)
      expect(command !== null).toBe(problem.command !== undefined && isWhole)
    }
  })

  it('words around what can be unknown', () => {
    const bare = problem.advice.replace(/\[[^\]]*\]/g, '')
    for (const name of namesIn(bare)) expect(NOUNS).toContain(name)
  })

  it('says every value that is known', () => {
    const { message, advice, command } = explain(id, Object.fromEntries(values))
    const said = `${message} ${advice} ${command ?? ''}`
    for (const [, value] of values) expect(said).toContain(String(value))
  })
})

it('takes an empty value for one that is not known', () => {
  expect(explain('cifs.no_folder', { folder: '', share_name: 'data' }).advice).toBe(
    'Create the folder in the share "data", or correct it.',
  )
})

it('writes values into commands as a shell takes them', () => {
  const values = { user: 'anna', server: 'nas', share_name: `$(reboot) 'x'` }
  expect(explain('cifs.denied', values).command).toBe(`smbclient -U anna //nas/'$(reboot) '\\''x'\\''' -c ls`)
})

it('does not read a value as a template', () => {
  expect(explain('network.no_route', { server: '[{port}|x]' }).advice).toContain('no route to [{port}|x]:')
})

it('has an entry for everything that the tables lead to', async () => {
  const folder = new URL('..', import.meta.url)
  const types = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\/messages\.ts$/.test(name),
  )
  expect(types.length).toBeGreaterThan(3)
  for (const name of types) {
    const tables = Object.values((await import(/* @vite-ignore */ `${folder.pathname}${name}`)) as object)
    const found = tables.flatMap((table: unknown): unknown[] =>
      Array.isArray(table)
        ? table.map(({ problem }) => problem)
        : typeof table === 'object'
          ? Object.values(table ?? {})
          : [],
    )
    expect(ids).toEqual(expect.arrayContaining([...new Set(found)]))
  }
})
