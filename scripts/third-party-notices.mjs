// Writes THIRD-PARTY-NOTICES: every package of package-lock.json that an installation on Linux runs or hands on, with its licence and
// the licence's text. Refuses a licence that nobody has agreed to. Run it after changing dependencies:
//   node scripts/third-party-notices.mjs
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
export const NOTICES_FILE = path.join(root, 'THIRD-PARTY-NOTICES')

/** Licences that ask for no more than to be named, or that hold for the package's own files alone. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'MPL-2.0', // of its own files, which are used as they are
  'Unlicense',
])

/** One package, one licence: agreed to for this use. */
const ALLOWED_HERE = {
  '@fontsource-variable/geist': 'OFL-1.1', // a font, handed on under its own name
  '@fontsource-variable/geist-mono': 'OFL-1.1',
  '@img/sharp-libvips-linux-x64': 'LGPL-3.0-or-later', // a shared library of its own package, which anybody can replace
  'caniuse-lite': 'CC-BY-4.0', // data, named here
  elkjs: 'EPL-2.0', // comes with the Prisma CLI, unchanged; nothing of ours is linked with it
}

/** What a package says wrongly or not at all; read in its own licence file or readme. */
const SAID_ELSEWHERE = { 'combine-errors': 'MIT', 'seq-queue': 'MIT', '@visx/vendor': 'MIT AND ISC' }

const HEAD = `THIRD-PARTY NOTICES

Holdfast is licensed under the Apache License, Version 2.0 (see LICENSE). It comes with, or installs, the packages named below, each
under its own licence. The agent's archive for hosts also holds the Node.js binary; its licence and notices lie beside it as
LICENSE-node.

This file is made by scripts/third-party-notices.mjs from package-lock.json.
`
const RULE = '-'.repeat(80)

/** Packages for other machines are optional and say so; the reference is Linux on x64 with glibc. */
function isForAnotherMachine(name, { os, cpu, libc }) {
  const isOther = (list, own) => list !== undefined && !list.includes(own)
  return (
    isOther(os, 'linux') ||
    isOther(cpu, 'x64') ||
    isOther(libc, 'glibc') ||
    /wasm32|\bmusl\b|linuxmusl|^@emnapi\//.test(name)
  )
}

function licenceOf(name, manifest) {
  const said = SAID_ELSEWHERE[name] ?? manifest.license ?? manifest.licenses?.[0]
  return typeof said === 'object' ? said.type : said
}

/** `MIT`, `(MIT OR GPL-2.0)` (one is enough), `MIT AND ISC` (both are needed). */
export function isAllowed(name, licence) {
  if (typeof licence !== 'string') return false
  if (ALLOWED_HERE[name] === licence) return true
  const plain = licence.replace(/[()]/g, '')
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((one) => ALLOWED.has(one.trim())))
}

function licenceTexts(directory) {
  const files = readdirSync(directory).filter((file) => /^(licen[cs]e|copying|notice)([.-].*)?$/i.test(file))
  return files
    .sort()
    .map((file) => readFileSync(path.join(directory, file), 'utf8'))
    .map((text) =>
      text
        .replaceAll('\r\n', '\n')
        .replace(/[ \t]+$/gm, '')
        .replace(/^\n+|\n+$/g, ''),
    )
    .join('\n\n')
}

/** The packages that are meant, sorted: `{ name, version, licence, source, text }`. */
export function shippedPackages() {
  const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'))
  const found = new Map()
  for (const [key, entry] of Object.entries(lock.packages)) {
    if (key === '' || entry.dev || entry.devOptional || entry.link) continue
    const name = entry.name ?? key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length)
    if (isForAnotherMachine(name, entry)) continue
    const directory = path.join(root, key)
    const manifest = JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'))
    const source = manifest.repository?.url ?? manifest.repository ?? manifest.homepage ?? `the package ${name}`
    found.set(`${name} ${entry.version}`, {
      name,
      version: entry.version,
      licence: licenceOf(name, manifest),
      source,
      text: licenceTexts(directory),
    })
  }
  return [...found.values()].sort((a, b) => (`${a.name} ${a.version}` < `${b.name} ${b.version}` ? -1 : 1))
}

/** The whole file. Throws for a licence that is not allowed. Packages with the same text share it. */
export function thirdPartyNotices(packages = shippedPackages()) {
  const refused = packages.filter(({ name, licence }) => !isAllowed(name, licence))
  if (refused.length > 0) {
    const list = refused
      .map(({ name, version, licence }) => `${name} ${version}: ${licence ?? 'no licence'}`)
      .join('\n  ')
    throw new Error(`These licences are not on the list in scripts/third-party-notices.mjs:\n  ${list}`)
  }
  const byText = new Map()
  for (const one of packages) byText.set(one.text, [...(byText.get(one.text) ?? []), one])
  const sections = [...byText].map(([text, sharing]) => {
    const names = sharing.map(({ name, version, licence, source }) =>
      text === '' ? `${name} ${version} (${licence}): ${source}` : `${name} ${version} (${licence})`,
    )
    const body =
      text === '' ? 'These packages carry no text of their own; the licence is the one that they name.' : text
    return `${RULE}\n${names.join('\n')}\n\n${body}\n`
  })
  return `${HEAD}\n${sections.join('\n')}`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const packages = shippedPackages()
  writeFileSync(NOTICES_FILE, thirdPartyNotices(packages))
  console.log(`${packages.length} packages are named in THIRD-PARTY-NOTICES`)
}
