import { expect, it } from 'vitest'
import { ClipboardSync } from '@/components/consoles/clipboard-sync'
import { MOST_PASTED_CHARACTERS } from '@/lib/consoles/pasted'

function rig() {
  const own = { text: '', refuses: false }
  const pasted: string[] = []
  const refuse = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
  const clipboard = {
    readText: () => (own.refuses ? refuse() : Promise.resolve(own.text)),
    writeText: async (text: string) => {
      if (own.refuses) await refuse()
      own.text = text
    },
  }
  return { own, pasted, sync: new ClipboardSync(clipboard, (text) => pasted.push(text)) }
}

it('hands each text on once, and never back', async () => {
  const { own, pasted, sync } = rig()
  await sync.give()
  own.text = 'mine'
  await sync.give()
  await sync.give()
  expect(pasted).toEqual(['mine'])
  await sync.take('mine')
  await sync.take('theirs')
  expect(own.text).toBe('theirs')
  await sync.give()
  expect(pasted).toEqual(['mine'])
  own.text = 'mine'
  await sync.give()
  expect(pasted).toEqual(['mine', 'mine'])
})

it('hands on nothing that is too long, and says when the browser refuses', async () => {
  const { own, pasted, sync } = rig()
  own.text = 'a'.repeat(MOST_PASTED_CHARACTERS + 1)
  await sync.give()
  expect(pasted).toEqual([])
  own.refuses = true
  await expect(sync.give()).rejects.toThrow('no')
  await expect(sync.take('x')).rejects.toThrow('no')
})
