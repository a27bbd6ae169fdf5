import { expect, test } from 'vitest'
import { causesOf, type Trouble } from '@/components/data/causes'

const explained = (id: string, title: string) => ({ id, title, advice: '', command: null, said: null, values: {} })

function on(host: string, trouble: Partial<Trouble>) {
  return { host, error: null, advice: null, explanation: null, ...trouble }
}

function drawn(entries: ReturnType<typeof on>[]) {
  return causesOf(entries, (entry) => entry).map(({ title, entries: alike }) => [title, alike.map(({ host }) => host)])
}

test('one dead server is one cause, however many hosts say so, and stands before what reaches less', () => {
  const dead = { error: 'nas1 does not answer.', advice: 'Check the server.' }
  const full = { error: 'It is full.', advice: 'Delete something.' }
  expect(drawn([on('a', full), on('b', dead), on('c', {}), on('d', dead)])).toEqual([
    ['nas1 does not answer.', ['b', 'd']],
    ['It is full.', ['a']],
  ])
})

test('words that name the place do not part a cause; what is said then holds for all of them', () => {
  const explanation = explained('nfs.export_denied', 'The server does not let this host in')
  const hosts = ['a', 'b'].map((host) =>
    on(host, { error: `${host} may not mount it.`, advice: 'Allow it.', explanation }),
  )
  expect(drawn(hosts)).toEqual([['The server does not let this host in', ['a', 'b']]])
})

test('the same problem with another cure is another cause', () => {
  const explanation = explained('tool.missing', 'A program is missing')
  const hosts = ['nfs-common', 'cifs-utils'].map((name) => on(name, { advice: `Install ${name}.`, explanation }))
  expect(drawn(hosts)).toHaveLength(2)
})
