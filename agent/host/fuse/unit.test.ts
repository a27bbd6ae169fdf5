import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closedNetworks } from '@/lib/networks'
import { nameServers, renderUnit } from './unit'

/** Reads ExecStart words the way systemd.service(5) describes it, written without a look at the writer. */
function readWords(text: string): string[] {
  const words: string[] = []
  let word: string | null = null
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? ''
    if (word === null) {
      if (character === '"') word = ''
      else if (character !== ' ') throw new Error('a word outside quotes')
    } else if (character === '\\') word += text[++i] ?? ''
    else if (character === '"') {
      words.push(word)
      word = null
    } else if (character === '%' || character === '$') {
      if (text[++i] !== character) throw new Error(`a live ${character}`)
      word += character
    } else word += character
  }
  if (word !== null) throw new Error('an open quote')
  return words
}

const printable = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((text) => !/[\p{Cc}]/u.test(text))
const nasty = fc.constantFrom('%h', '$HOME', '"', '\\', '" --config=/etc/x "', '%', '$', "'", ';', '# x', '\\n')
const text = fc.oneof(
  printable,
  nasty,
  fc.array(fc.oneof(nasty, printable), { maxLength: 4 }).map((parts) => parts.join('')),
)

const base = {
  description: 'd',
  notifies: true,
  umount: '/usr/bin/umount',
  environmentFile: '/run/x/environment',
  target: '/mnt/a',
  command: '/usr/bin/rclone',
}

describe('renderUnit', () => {
  it('reads back as exactly the words that were given', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), text, (args, target) => {
        const unit = renderUnit({ ...base, args, target })
        const lines = unit.split('\n')
        expect(lines.filter((line) => line.startsWith('Exec'))).toHaveLength(2)
        expect(lines).toHaveLength(18)
        const start = lines.find((line) => line.startsWith('ExecStart=')) ?? ''
        expect(readWords(start.slice('ExecStart='.length))).toEqual(['/usr/bin/rclone', ...args])
        const clear = lines.find((line) => line.startsWith('ExecStartPre=-')) ?? ''
        expect(readWords(clear.slice('ExecStartPre=-'.length)).at(-1)).toBe(target)
      }),
      { numRuns: 5_000 },
    )
  })

  it('keeps a daemon from local addresses, but not from its name servers', () => {
    const closed = closedNetworks({ opened: [], denied: ['10.9.0.0/16'] })
    const unit = renderUnit({ ...base, args: [], filter: { closed, except: ['127.0.0.53', '10.0.0.2'] } })
    const [service = ''] = unit.split('[Service]').slice(1)
    const denied = [...service.matchAll(/^IPAddressDeny=(.*)$/gm)].flatMap(([, networks = '']) => networks.split(' '))
    expect(denied).toEqual(closed)
    expect(denied).toEqual(expect.arrayContaining(['127.0.0.0/8', '168.63.129.16/32', '10.9.0.0/16']))
    expect(service).toMatch(/^IPAddressAllow=127\.0\.0\.53 10\.0\.0\.2$/m)
    expect(renderUnit({ ...base, args: [] })).not.toContain('IPAddress')
    expect(
      nameServers(
        '# nameserver 9.9.9.9\nnameserver 127.0.0.1\nnameserver ::1\nnameserver ::ffff:7f00:1\nnameserver 127.0.0.53\nnameserver x\nnameserver fd00::1 # y\n',
      ),
    ).toEqual(['127.0.0.53', 'fd00::1'])
  })
})
