import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { renderProgramUnit } from '@/agent/host/programs/program-unit'

const root = fileURLToPath(new URL('../..', import.meta.url))

const hasVerify = spawnSync('systemd-analyze', ['--version']).status === 0

interface Metafile {
  inputs: Record<string, { imports: { path: string }[] }>
}

let out: string
let metafile: Metafile

beforeAll(() => {
  out = mkdtempSync(path.join(tmpdir(), 'holdfast-bundle-'))
  execFileSync(process.execPath, ['scripts/build-agent.mjs', '--out', out], { cwd: root })
  metafile = JSON.parse(readFileSync(path.join(out, 'metafile.json'), 'utf8'))
})
afterAll(() => rmSync(out, { recursive: true, force: true }))

function packageOf(input: string): string | undefined {
  const at = input.lastIndexOf('node_modules/')
  if (at < 0) return undefined
  const [first = '', second = ''] = input.slice(at + 'node_modules/'.length).split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

/** What runs as root on every host, besides Node itself. `execa` brings all but those that our own code imports. */
const OWN_PACKAGES = ['@rgrove/parse-xml', 'aws4fetch', 'execa', 'smol-toml', 'zod']
const BROUGHT_BY_EXECA = [
  '@sec-ant/readable-stream',
  '@sindresorhus/merge-streams',
  'figures',
  'get-stream',
  'human-signals',
  'is-plain-obj',
  'is-stream',
  'is-unicode-supported',
  'npm-run-path',
  'parse-ms',
  'path-key',
  'pretty-ms',
  'signal-exit',
  'strip-final-newline',
  'unicorn-magic',
  'which-command',
  'yoctocolors',
]
const OWN_SOURCES =
  /^(agent\/|lib\/(drivers|attach-targets|agent-protocol|server|volume-engines|backup-engines|lvm|ceph|libvirt)\/|lib\/(bad-field|errors|units|secret|log|ids|field-messages|disk-space|fullness|networks|pinned-request|pause|replace-file|closed-reader|join-streams|program-text|pump)\.ts$)/

describe('the bundle', () => {
  test('holds only what belongs on a host', () => {
    const sources = Object.keys(metafile.inputs).filter((input) => packageOf(input) === undefined)
    expect(sources.length).toBeGreaterThan(30)
    expect(sources.filter((input) => !OWN_SOURCES.test(input) && !/^(one-language|builtin):/.test(input))).toEqual([])
    expect(sources.filter((input) => /\/testing\/|\.test\.ts$/.test(input))).toEqual([])
  })

  test('takes single exports of Node, and never a copy of a whole module for each file that imports it', () => {
    expect(readFileSync(path.join(out, 'holdfast-agent.mjs'), 'utf8')).not.toContain('__toESM(')
  })

  test('imports at most five packages, and knows every one that comes with them', () => {
    const direct = new Set<string>()
    const all = new Set<string>()
    for (const [input, { imports }] of Object.entries(metafile.inputs)) {
      const own = packageOf(input)
      if (own !== undefined) all.add(own)
      if (own !== undefined || input.startsWith('one-language:')) continue
      for (const { path: target } of imports) {
        const name = packageOf(target)
        if (name !== undefined) direct.add(name)
      }
    }
    expect([...direct].sort()).toEqual(OWN_PACKAGES)
    expect(direct.size).toBeLessThanOrEqual(5)
    const unknown = [...all].filter((name) => !OWN_PACKAGES.includes(name) && !BROUGHT_BY_EXECA.includes(name))
    expect(unknown).toEqual([])
  })

  test('is one file that runs on its own and says its version', () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    const said = execFileSync(process.execPath, [path.join(out, 'holdfast-agent.mjs'), 'version'], { cwd: '/' })
    expect(said.toString().trim()).toBe(version)
  })

  test('is plain ASCII, so that its source takes one byte a character in memory', () => {
    expect(readFileSync(path.join(out, 'holdfast-agent.mjs'), 'utf8')).not.toMatch(/[\u0080-\uffff]/)
  })

  test('comes with everything that install copies', () => {
    const units = ['holdfast-agent.service', 'holdfast-mounts.service']
    for (const file of ['holdfast-agent', 'holdfast-agent.mjs', ...units, 'agent.example.json']) {
      expect(statSync(path.join(out, file)).size, file).toBeGreaterThan(0)
    }
    expect(statSync(path.join(out, 'holdfast-agent')).mode & 0o111).toBe(0o111)
  })
})

describe('the systemd units', () => {
  const settings = (name = 'holdfast-agent.service') =>
    readFileSync(path.join(out, name), 'utf8')
      .split('\n')
      .filter((line) => /^[A-Za-z]+=/.test(line))
      .map((line) => {
        const at = line.indexOf('=')
        return [line.slice(0, at), line.slice(at + 1)] as const
      })

  /** systemd.exec(5): each of these gives the service its own mount namespace, and its mounts never reach the host. */
  const NAMESPACE_OPTIONS =
    /^(Protect(System|Home|ControlGroups|KernelTunables|KernelModules|KernelLogs|Proc|Clock|Hostname)|Private|ReadWritePaths|ReadOnlyPaths|InaccessiblePaths|ExecPaths|NoExecPaths|TemporaryFileSystem|Bind(ReadOnly)?Paths|MountFlags|MountImages|RootDirectory|RootImage|DynamicUser|ProcSubset|RestrictNamespaces)/

  test.each(['holdfast-agent.service', 'holdfast-mounts.service'])(
    '%s stays in the mount namespace of the host',
    (unit) => {
      expect(settings(unit).length).toBeGreaterThan(5)
      expect(settings(unit).filter(([name]) => NAMESPACE_OPTIONS.test(name))).toEqual([])
    },
  )

  test('the agent is started again however often it failed', () => {
    const found = Object.fromEntries(settings())
    expect(found).toMatchObject({ Restart: 'always', StartLimitIntervalSec: '0' })
    // systemd reads the limit in this section alone; its own is five starts within 10 s.
    const text = readFileSync(path.join(out, 'holdfast-agent.service'), 'utf8')
    expect(text.slice(text.indexOf('[Unit]'), text.indexOf('[Service]'))).toContain('\nStartLimitIntervalSec=0\n')
    expect(Number(found.RestartSec)).toBeGreaterThan(0)
    expect(Number(found.RestartMaxDelaySec)).toBeGreaterThan(Number(found.RestartSec))
    expect(Number(found.RestartSteps)).toBeGreaterThan(1)
  })

  test.runIf(hasVerify)('is taken by systemd, also by one that does not know all of it', () => {
    const unit = path.join(out, 'holdfast-agent.service')
    const verified = spawnSync('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', unit], {
      encoding: 'utf8',
    })
    const newer = /Unknown key (?:name )?'(?:RestartSteps|RestartMaxDelaySec)' in section .Service., ignoring\./
    // The program is only there once it is installed.
    const words = verified.stderr.split('\n').filter((line) => line !== '' && !newer.test(line))
    expect(words.filter((line) => !line.includes('is not executable'))).toEqual([])
  })

  test('what uses storage starts after the mounts, pulls them in and never requires them', () => {
    const words = (name: string) =>
      settings('holdfast-mounts.service')
        .filter(([setting]) => setting === name)
        .flatMap(([, value]) => value.split(' '))
    expect(words('Before')).toEqual(expect.arrayContaining(['docker.service', 'libvirtd.service', 'lxc.service']))
    expect(words('WantedBy')).toEqual(['multi-user.target', ...words('Before')])
    expect(words('RequiredBy')).toEqual([])
    // A dead server: at most 5 s at boot; at shutdown less than the 90 s that systemd gives.
    expect(Number(words('TimeoutStopSec')[0])).toBeLessThanOrEqual(45)
    expect(words('ExecStart').join(' ')).toMatch(/^-\S+timeout --signal=KILL 4 \S+ wait-mounts --at-most 3\.5$/)
    // What block storages need to be closed is stopped after it.
    expect(words('After')).toEqual(expect.arrayContaining(['network-online.target', 'iscsid.service', 'iscsid.socket']))
    expect(words('After')).not.toContain('holdfast-agent.service')
  })

  test('gives the agent more of a busy host than the programs of its jobs', () => {
    const found = Object.fromEntries(settings())
    const program = renderProgramUnit({ description: 'a copy', node: '/usr/bin/node', script: '/run/a.mjs' })
    for (const weight of ['CPUWeight', 'IOWeight']) {
      const ofProgram = Number(new RegExp(`^${weight}=(\\d+)$`, 'm').exec(program)?.[1])
      expect(Number(found[weight]), weight).toBeGreaterThan(100)
      expect(ofProgram, weight).toBeLessThan(100)
    }
  })

  test('stops the agent alone, and keeps the secrets of running storage daemons', () => {
    expect(Object.fromEntries(settings())).toMatchObject({
      KillMode: 'process',
      RuntimeDirectoryPreserve: 'yes',
      Restart: 'always',
      UMask: '0077',
    })
  })
})
