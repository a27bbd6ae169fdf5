import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toldWorkload } from '@/agent/resources/workloads/told-workload'
import type { TargetHost } from '@/lib/attach-targets/contract/target-host'
import { parseContainers } from '@/lib/attach-targets/docker/parse-containers'
import { libvirtTarget } from '@/lib/attach-targets/libvirt/host'
import { parseDomain } from '@/lib/attach-targets/libvirt/parse-domain'
import { lxcTarget } from '@/lib/attach-targets/lxc/host'
import { parsePctConfig } from '@/lib/attach-targets/lxc/parse-pct'
import { xmlElement } from '@/lib/libvirt/xml-text'
import { BARE_HOST } from '@/testing/attach-targets/describe-target'
import { testId } from '@/testing/ids'

const MANY = 10_000
/** What parsers, shells and terminals stumble over, with anything between. */
const SIGNS = [
  '-',
  '--',
  '=',
  '/',
  '..',
  "'",
  '"',
  '<',
  '>',
  '&',
  ']]>',
  '\\040',
  ',',
  ':',
  ' ',
  '\t',
  '$(id)',
  '`id`',
  ';',
  '%s',
]
const DARK = ['\u202e', '\u200b', '\u2066', '\u0000', '\u001b[2J', '\ud800', '\r']
const piece = fc.oneof(fc.constantFrom(...SIGNS), fc.constantFrom(...DARK), fc.string({ unit: 'binary', maxLength: 6 }))
const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function readDisk(xml: string): string | null | undefined {
  return parseDomain(xml).storage[0]?.source
}

function many(seed: number): string[] {
  return fc.sample(text, { numRuns: MANY, seed })
}

/** A host with one program, which answers by these words. */
function hostWith(answer: (command: string, args: readonly string[]) => string) {
  const asked: string[][] = []
  const host: TargetHost = {
    ...BARE_HOST,
    has: (command) => command !== 'pct',
    async run(command, args) {
      asked.push([...args])
      return { exitCode: 0, stdout: answer(command, args), stderr: '' }
    },
  }
  return { host, asked }
}

it('asks LXC of no name in a place of its own, and of none that leads out of its directory', async () => {
  const { host, asked } = hostWith((command, args) =>
    command === 'lxc-ls' && args.length === 1 ? many(1).join('\n') : '',
  )
  await lxcTarget.inventory(host)
  const KNOWN = new Set(['-1', '--running', '--frozen', '--version', '--no-humanize'])
  const named = asked.flat().filter((word) => !KNOWN.has(word) && !word.startsWith('--config=lxc.'))
  expect(named.length).toBeGreaterThan(MANY / 2)
  for (const word of named) expect(word).toMatch(/^--name=(?!\.{1,2}$)[^/\n]+$/)
})

it('asks libvirt of nothing but numbers of machines, whatever these are called', async () => {
  const names = many(2)
  const uuidOf = (at: number) => `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`
  const list = names.map((name, at) => ` ${uuidOf(at)}  ${name.replaceAll('\n', ' ')}`).join('\n')
  const { host, asked } = hostWith((_command, args) => {
    if (args.includes('--name')) return list
    return args.includes('dumpxml') ? '<domain/>' : ''
  })
  const found = await libvirtTarget().inventory(host)
  expect(found?.workloads.length).toBeGreaterThan(MANY / 2)
  for (const [, , , verb, ...rest] of asked.filter((words) => words.includes('dumpxml'))) {
    expect([verb, rest[0]]).toEqual(['dumpxml', '--domain'])
    expect(rest[1]).toMatch(UUID)
  }
})

it('reads what is written well for what it is, and of anything else nothing comes that is not text', () => {
  for (const [at, written] of many(3).entries()) {
    // What XML can hold at all.
    const path = `/${written.replace(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '')}`
    const xml = xmlElement('domain', { type: 'qemu' }, [
      xmlElement('devices', {}, [
        xmlElement('disk', { type: 'file' }, [
          xmlElement('source', { file: path }),
          xmlElement('target', { dev: 'vda' }),
        ]),
      ]),
    ])
    expect(readDisk(xml), String(at)).toBe(path)
  }
  fc.assert(
    fc.property(fc.jsonValue(), text, (value, word) => {
      const rows = parseContainers([value, { Id: 'a'.repeat(64), Names: [`/${word}`], State: word, Mounts: [] }])
      expect(rows.length).toBeLessThanOrEqual(2)
      for (const { storage } of [parsePctConfig(word), ...rows])
        for (const { source } of storage) expect(source === null || source.startsWith('/')).toBe(true)
    }),
    { numRuns: MANY / 10, seed: 4 },
  )
})

it('tells nothing that hides, moves the cursor or turns the line round, and no more than there is room for', () => {
  const of = { hostId: testId('host', 'a'), target: 'docker' }
  const mounts = [{ mountId: testId('mount', 'a'), mountPoint: '/mnt/a' }]
  for (const [at, word] of many(5).entries()) {
    const long = word.repeat(at % 100 === 0 ? 500 : 1)
    const storage = { kind: 'bind' as const, source: `/mnt/a/${long}`, name: long, target: long, isReadOnly: null }
    const told = toldWorkload(
      { nativeId: `${at}`, name: long, state: 'running', image: long, storage: [storage] },
      of,
      mounts,
    )
    const said = [
      told.name,
      told.image,
      ...told.storage.flatMap(({ source, name, target }) => [source, name, target]),
    ].join()
    expect(said.isWellFormed()).toBe(true)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant.
    expect(said).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/)
    expect(told.name.length).toBeLessThanOrEqual(255)
    expect(told.storage[0]?.source?.length).toBeLessThanOrEqual(4096)
    // A way out of the mount is not in it.
    if (/(?:^|\/)\.\.?(?:\/|$)/.test(long)) expect(told.storage[0]?.mountId).toBeNull()
  }
})
