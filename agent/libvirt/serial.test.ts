import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readSerialLog, serialIn } from '@/agent/libvirt/serial'
import { holdLine } from '@/agent/libvirt/serial-lock'
import { listeningAt } from '@/agent/libvirt/serial-owner'

const UUID = '6a1c7e52-0f6e-4b51-9d3e-6f0b1a2c3d4e'
const machine = (devices: string, id = " id='3'") =>
  `<domain type='kvm'${id}><name>a</name><devices>${devices}</devices></domain>`
const says = (xml: string) => async () => ({ stdout: xml, stderr: '', exitCode: 0 }) as never

it.each([
  ["<serial type='pty'><source path='/dev/pts/7'/></serial>", { terminal: '/dev/pts/7' }],
  ["<console type='pty' tty='/dev/pts/1'><source path='/dev/pts/1'/></console>", { terminal: '/dev/pts/1' }],
  [
    "<serial type='unix'><source mode='bind' path='/run/a &amp; b.sock'/></serial><console type='pty'/>",
    { path: '/run/a & b.sock' },
  ],
])('finds the port in %s', (devices, place) => {
  expect(serialIn(machine(devices))).toEqual(place)
})

it.each([
  ['', 'has no serial port'],
  // A terminal that is none of QEMU's, and what leads away from the machine.
  ["<serial type='pty'><source path='/dev/tty1'/></serial>", 'leads elsewhere'],
  ["<serial type='pty'><source path='/dev/pts/../sda'/></serial>", 'leads elsewhere'],
  ["<serial type='unix'><source mode='connect' path='/run/docker.sock'/></serial>", 'leads elsewhere'],
  ["<serial type='dev'><source path='/dev/ttyS0'/></serial>", 'leads elsewhere'],
  ["<serial type='tcp'><source mode='bind' host='0.0.0.0' service='23'/></serial>", 'leads elsewhere'],
])('refuses %s', (devices, words) => {
  expect(() => serialIn(machine(devices))).toThrow(words)
  try {
    serialIn(machine(devices))
  } catch (error) {
    expect(Buffer.byteLength((error as Error).message)).toBeLessThanOrEqual(123)
  }
})

it('a machine that is off has none', () => {
  expect(() => serialIn(machine("<serial type='pty'/>", ''))).toThrow('does not run')
})

it('reads the end of a log below the place of logs, and no other file', async () => {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-serial-'))
  const file = join(root, 'a.log')
  const read = (path: string | null) => {
    const log = path === null ? '' : `<log file='${path}' append='on'/>`
    return readSerialLog(says(machine(`<serial type='pty'>${log}</serial>`, '')), UUID, { root })
  }
  try {
    expect(await read(null)).toEqual({ isKept: false, bytes: 0, text: '' })
    expect(await read(file)).toEqual({ isKept: true, bytes: 0, text: '' })
    writeFileSync(file, `${'x'.repeat(1024 * 1024)}the end`)
    const { bytes, text } = await read(file)
    expect(bytes).toBe(1024 * 1024 + 7)
    expect(Buffer.from(text, 'base64').toString()).toMatch(/^x+the end$/)
    expect(Buffer.from(text, 'base64')).toHaveLength(1024 * 1024)
    await expect(read('/etc/passwd')).rejects.toMatchObject({ code: 'unsupported' })
    await expect(read(`${root}/../../etc/passwd`)).rejects.toMatchObject({ code: 'unsupported' })
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})

it('marks a terminal as libvirt does, and honours the mark of a process that lives', async () => {
  const locks = mkdtempSync(join(tmpdir(), 'holdfast-locks-'))
  const mark = join(locks, 'LCK.._pts_4')
  try {
    const letGo = await holdLine(UUID, '/dev/pts/4', locks)
    expect(Number(readFileSync(mark, 'utf8'))).toBe(process.pid)
    await expect(holdLine(UUID, '/dev/pts/4', locks)).rejects.toMatchObject({ code: 'busy' })
    await letGo()
    expect(() => readFileSync(mark)).toThrow('ENOENT')
    writeFileSync(mark, '         1\n')
    await expect(holdLine(UUID, '/dev/pts/4', locks)).rejects.toThrow('virsh console')
    // Its process has gone, and what is in it is no number.
    for (const left of ['4194305\n', 'what is this\n', '']) {
      writeFileSync(mark, left)
      await (await holdLine(UUID, '/dev/pts/4', locks))()
    }
  } finally {
    rmSync(locks, { recursive: true, force: true })
  }
})

it('reads the table of sockets', () => {
  const table = [
    'Num       RefCount Protocol Flags    Type St Inode Path',
    '0000000000000000: 00000002 00000000 00010000 0001 01 29134 /run/a b.sock',
    '0000000000000000: 00000003 00000000 00000000 0001 03 29135 /run/a b.sock',
    '0000000000000000: 00000002 00000000 00010000 0001 01    17 /run/a',
  ].join('\n')
  expect(listeningAt(table, '/run/a b.sock')).toEqual(['29134'])
  expect(listeningAt(table, '/run/a')).toEqual(['17'])
})
