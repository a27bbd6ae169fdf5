import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { systemdUnit } from '@/lib/supervisor/systemd-unit'

const parent = mkdtempSync(path.join(tmpdir(), 'holdfast-unit-'))
afterAll(() => rmSync(parent, { recursive: true }))

const hasVerify = spawnSync('systemd-analyze', ['--version']).status === 0

/** A checkout as systemd-analyze wants it: the program that a unit starts must be there. */
function checkout(name: string): { root: string; node: string } {
  const root = path.join(parent, name)
  mkdirSync(root)
  const node = path.join(root, 'node')
  writeFileSync(node, '#!/bin/sh\n')
  chmodSync(node, 0o755)
  return { root, node }
}

/** systemd before 254 says that it leaves these out, and takes the unit. */
function withoutNewerKeys(said: string): string {
  return said.replaceAll(
    /^.*Unknown key (?:name )?'(?:RestartSteps|RestartMaxDelaySec)' in section .Service., ignoring\.\n/gm,
    '',
  )
}

it('is started again however often it failed, after pauses that grow', () => {
  const unit = systemdUnit({ root: '/r', node: '/n' })
  const section = (name: string) => unit.split(/^\[/m).find((part) => part.startsWith(`${name}]`))
  // systemd gives up after five starts within 10 s unless told otherwise, and reads that in this section alone.
  expect(section('Unit')).toContain('\nStartLimitIntervalSec=0\n')
  expect(section('Service')).toMatch(/^Restart=always$/m)
  const seconds = (name: string) => Number(new RegExp(`^${name}=(\\d+)$`, 'm').exec(section('Service') ?? '')?.[1])
  expect(seconds('RestartSec')).toBeGreaterThan(0)
  expect(seconds('RestartMaxDelaySec')).toBeGreaterThan(seconds('RestartSec'))
  expect(seconds('RestartSteps')).toBeGreaterThan(1)
})

it('starts what is built, and neither npm nor a build', () => {
  const unit = systemdUnit({ root: '/opt/holdfast', node: '/opt/holdfast/node_modules/node/bin/node' })
  expect(unit).toContain('\nWorkingDirectory=/opt/holdfast\n')
  expect(unit).toContain('\nExecStart="/opt/holdfast/node_modules/node/bin/node" dist/supervisor.mjs\n')
  expect(unit).toContain('\nEnvironment="NODE_COMPILE_CACHE=/opt/holdfast/dist/compile-cache"\n')
})

it('gives the service no mount namespace: its mounts are those of the host', () => {
  const settings = systemdUnit({ root: '/r', node: '/n' })
    .split('\n')
    .filter((line) => /^\w+=/.test(line))
    .map((line) => line.slice(0, line.indexOf('=')))
  for (const setting of settings) {
    expect(setting).not.toMatch(
      /^(Protect|Private|ReadWrite|ReadOnly|Inaccessible|Temporary|Bind|Root|MountFlags|Dynamic)/,
    )
  }
})

it.runIf(hasVerify).each(['holdfast', 'with a space', '100%'])('is a unit that systemd takes, in %s', (name) => {
  const unitFile = path.join(parent, 'holdfast.service')
  writeFileSync(unitFile, systemdUnit(checkout(name)))
  const verified = spawnSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', unitFile], {
    encoding: 'utf8',
  })
  expect(withoutNewerKeys(verified.stderr)).toBe('')
  // It exits with 1 where it has left something out.
  if (verified.stderr === '') expect(verified.status).toBe(0)
})

it.each(['a "quoted" one', "it's", '$HOME', 'a\\b'])('refuses a checkout that systemd would not start: %s', (name) => {
  const root = `/opt/${name}`
  expect(() => systemdUnit({ root, node: `${root}/node` })).toThrow(/move the checkout/)
})
