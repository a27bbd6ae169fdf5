import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

/**
 * The real install, in a mount namespace where /usr/local, /etc and /run are scratch and systemctl is a script that writes down how
 * it was called. Nothing of it reaches this machine.
 */
let root: string
let bundleDir: string
let work: string

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'holdfast-install-'))
  bundleDir = path.join(root, 'holdfast-agent')
  const project = fileURLToPath(new URL('../..', import.meta.url))
  execFileSync(process.execPath, ['scripts/build-agent.mjs', '--out', bundleDir], { cwd: project })
})
afterAll(() => rmSync(root, { recursive: true, force: true }))
beforeEach(() => {
  work = mkdtempSync(path.join(root, 'case-'))
  writeFileSync(path.join(work, 'systemctl'), `#!/bin/sh\necho "$@" >> ${work}/systemctl.log\n`, { mode: 0o755 })
  mkdirSync(path.join(work, 'layers'))
})

/** Runs the script with the scratch trees in place; `agent` is the launcher of the unpacked archive. */
function inScratch(script: string, systemd = true): string {
  const setUp = [
    'set -e',
    'mount -t tmpfs scratch /usr/local',
    `mount -t tmpfs scratch ${work}/layers && mkdir ${work}/layers/u ${work}/layers/w`,
    `mount -t overlay -o lowerdir=/etc,upperdir=${work}/layers/u,workdir=${work}/layers/w overlay /etc`,
    'mkdir -p /etc/systemd/system',
    'mount -t tmpfs scratch /run',
    ...(systemd
      ? ['mkdir -p /run/systemd/system', `mount --bind ${work}/systemctl $(readlink -f /usr/bin/systemctl)`]
      : []),
    `agent() { ${process.execPath} ${bundleDir}/holdfast-agent.mjs "$@" --state-dir ${work}/state; }`,
  ].join('\n')
  return execFileSync('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', `${setUp}\n${script}`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

const STATE = `ls /usr/local/lib/holdfast-agent; /usr/local/bin/holdfast-agent version; stat -c %a /usr/local/lib/holdfast-agent/node; cat /etc/holdfast/agent.json`

describe('install', () => {
  test('puts the agent in its place, enables and starts the service, and says what comes next', () => {
    const said = inScratch(`agent install\n${STATE}\nhead -1 /etc/systemd/system/holdfast-agent.service`)
    expect(said).toContain('Next: make a join token')
    expect(said).toContain(
      'agent.example.json\nholdfast-agent\nholdfast-agent.mjs\nholdfast-agent.service\nholdfast-mounts.service\nnode\n',
    )
    expect(said).toContain('755')
    expect(said).toContain('"mountRoots"')
    expect(said).toContain('# Holdfast agent.')
    expect(readFileSync(path.join(work, 'systemctl.log'), 'utf8').trim().split('\n')).toEqual([
      'daemon-reload',
      'enable holdfast-agent.service holdfast-mounts.service',
      'restart holdfast-agent.service',
      'start holdfast-mounts.service',
    ])
  })

  test('run again it upgrades, and keeps the policy that the administrator wrote', () => {
    const said = inScratch(
      `agent install\necho '{"mountRoots":["/srv/only"]}' > /etc/holdfast/agent.json\nagent install\ncat /etc/holdfast/agent.json`,
    )
    expect(said).toContain('{"mountRoots":["/srv/only"]}')
  })

  test('the installed agent can install itself again', () => {
    inScratch(
      `agent install\nrm /etc/systemd/system/holdfast-agent.service\n/usr/local/bin/holdfast-agent install\n${STATE}`,
    )
    expect(readFileSync(path.join(work, 'systemctl.log'), 'utf8').match(/restart/g)).toHaveLength(2)
  })

  test('does not start with a policy that has a mistake', () => {
    const attempt = () =>
      inScratch(`mkdir -p /etc/holdfast\necho '{"mountRoot":[]}' > /etc/holdfast/agent.json\nagent install`)
    expect(attempt).toThrow(/mountRoot is not a known setting/)
    expect(existsSync(path.join(work, 'systemctl.log'))).toBe(false)
  })

  test('without systemd it says what to do', () => {
    expect(inScratch('agent install', false)).toContain('let your init system start "holdfast-agent run"')
  })

  test('needs root, and a whole archive', () => {
    const asNobody = `setpriv --reuid 65534 --regid 65534 --clear-groups ${process.execPath} ${bundleDir}/holdfast-agent.mjs install`
    expect(() => inScratch(`chmod 755 ${root}\n${asNobody}`)).toThrow(/needs root/)
    const half = path.join(work, 'half')
    mkdirSync(half)
    writeFileSync(path.join(half, 'holdfast-agent.mjs'), readFileSync(path.join(bundleDir, 'holdfast-agent.mjs')))
    expect(() => inScratch(`${process.execPath} ${half}/holdfast-agent.mjs install`)).toThrow(
      /Unpack the whole archive/,
    )
  })
})

test('uninstall takes the agent away and leaves policy and state', () => {
  const said = inScratch(
    `agent install\nmkdir -p ${work}/state\nagent uninstall\nls /usr/local/lib /usr/local/bin\nls /etc/systemd/system/holdfast-agent.service 2>&1 || true\nls /etc/holdfast`,
  )
  expect(said).toContain('What is mounted stays mounted')
  expect(said).toContain('No such file or directory')
  expect(said).toContain('agent.json')
  expect(readFileSync(path.join(work, 'systemctl.log'), 'utf8').trim().split('\n').slice(-2)).toEqual([
    'disable --now holdfast-agent.service holdfast-mounts.service',
    'daemon-reload',
  ])
})
