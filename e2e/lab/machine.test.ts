import { expect, it } from 'vitest'
import { debianArchive } from '@/e2e/lab/machine.mjs'

it.each([
  ['one line per source', 'deb http://mirror.example/debian bookworm main\n', 'http://mirror.example/debian'],
  [
    'options',
    'deb [signed-by=/k.gpg arch=amd64] https://mirror.example/debian/ bookworm main',
    'https://mirror.example/debian',
  ],
  [
    'deb822',
    'Types: deb\nURIs: http://mirror.example/pub/debian\nSuites: bookworm\n',
    'http://mirror.example/pub/debian',
  ],
  [
    'a snapshot',
    'deb http://snapshot.example/archive/debian/20260520T000000Z bookworm main',
    'http://snapshot.example/archive/debian/20260520T000000Z',
  ],
  [
    'the first of several',
    'URIs: http://a.example/debian\n\nURIs: http://b.example/debian\n',
    'http://a.example/debian',
  ],
])('finds the archive in sources of this machine: %s', (_what, sources, archive) => {
  expect(debianArchive(sources)).toBe(archive)
})

it.each([
  ['another distribution', 'deb http://archive.example/ubuntu noble main\n'],
  ['security updates alone', 'deb http://mirror.example/debian-security bookworm-security main\n'],
  ['a comment', '# deb http://mirror.example/debian bookworm main\n'],
  ['a password in the address', 'deb http://user:not-a-secret@mirror.example/debian bookworm main\n'],
  ['nothing', ''],
])('finds none in %s', (_what, sources) => {
  expect(debianArchive(sources)).toBeUndefined()
})
