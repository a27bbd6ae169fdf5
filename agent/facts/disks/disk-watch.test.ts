import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { DiskWatch, type DiskWatchParts } from '@/agent/facts/disks/disk-watch'
import { HoldfastError } from '@/lib/errors'

const RECORDED = readFileSync(path.join(import.meta.dirname, 'fixtures/ata-failing-behind-usb.json'), 'utf8')
const ASLEEP = JSON.stringify({
  smartctl: { exit_status: 2, messages: [{ string: 'Device is in STANDBY mode, exit(2)', severity: 'information' }] },
})
const recordedAs = (serial: string) => JSON.stringify({ ...JSON.parse(RECORDED), serial_number: serial })

/** A machine with these disks; what each says, or how it fails, can be changed. */
function machine(names: readonly string[], more: DiskWatchParts = {}) {
  const answers = new Map<string, () => Promise<string>>(names.map((name) => [name, async () => recordedAs(name)]))
  const calls: string[] = []
  const stuck = new Set<string>()
  const watch = new DiskWatch({
    find: () => names.map((name) => ({ name, model: null, sizeBytes: 512 })),
    hasTool: () => true,
    runner: () => {
      let asked = ''
      return {
        get uncertain() {
          return stuck.has(asked)
        },
        async run(command, args) {
          asked = args.at(-1)?.replace('/dev/', '') ?? ''
          calls.push([command, ...args].join(' '))
          return { exitCode: 216, stdout: (await answers.get(asked)?.()) ?? '', stderr: '' }
        },
      }
    },
    ...more,
  })
  return { watch, answers, calls, stuck, look: async () => (await watch.status(5_000))?.disks ?? [] }
}

it('asks each disk once in hours, without waking, testing or changing one', async () => {
  const { watch, calls } = machine(['sda', 'sdb'])
  await Promise.all([watch.status(5_000), watch.status(5_000)])
  await watch.status(5_000)
  expect(calls).toEqual(
    ['sda', 'sdb'].map(
      (name) => `smartctl --json=c --info --health --attributes --log=devstat --nocheck=standby /dev/${name}`,
    ),
  )
})

it('keeps what a disk said while it sleeps or does not answer, with the reason', async () => {
  const { answers, look } = machine(['sda', 'sdb', 'sdc'], { everyMs: 0 })
  answers.set('sdc', async () => ASLEEP)
  const [first] = await look()
  answers.set('sda', async () => ASLEEP)
  answers.set('sdb', () => Promise.reject(new HoldfastError('timed_out', 'smartctl did not finish within 30 s.')))
  const later = await look()
  expect(later[0]).toEqual(first)
  expect(later[1]).toMatchObject({ passed: false, pending: 8, problem: 'smartctl did not finish within 30 s.' })
  expect(later[2]).toMatchObject({ passed: null, readAt: null, problem: 'It sleeps' })
})

it('does not ask again a disk from which the last question has not come back', async () => {
  const { calls, stuck, look } = machine(['sda', 'sdb'], { everyMs: 0 })
  await look()
  stuck.add('sda')
  const [one] = await look()
  expect(one).toMatchObject({ pending: 8, problem: 'smartctl has not come back from it' })
  expect(calls.filter((call) => call.endsWith('/dev/sda'))).toHaveLength(1)
  stuck.clear()
  expect((await look())[0]).toMatchObject({ problem: null })
})

it('does not hold up who asks for longer than he waits', async () => {
  const { watch, answers } = machine(['sda'])
  const { promise, resolve } = Promise.withResolvers<string>()
  answers.set('sda', () => promise)
  expect(await watch.status(0)).toBeUndefined()
  resolve(RECORDED)
  expect((await watch.status(5_000))?.disks).toMatchObject([{ name: 'sda', passed: false }])
})

it('tells a disk on two cables once, and only the names of disks without smartctl', async () => {
  const twice = machine(['sda', 'sdb'])
  twice.answers.set('sdb', async () => recordedAs('sda'))
  expect((await twice.look()).map(({ name }) => name)).toEqual(['sda'])
  const without = machine(['sda'], { hasTool: () => false })
  expect(await without.watch.status(5_000)).toMatchObject({ hasTool: false, disks: [{ name: 'sda', passed: null }] })
  expect(without.calls).toEqual([])
})
