import fc from 'fast-check'
import { describe, it, vi } from 'vitest'
import { cifs } from '@/lib/drivers/cifs/descriptor'
import { cifsMountRequest, renderCredentials } from '@/lib/drivers/cifs/mount-options'
import { lookArguments } from '@/lib/drivers/cifs/smbclient'
import { parseBackendInput } from '@/lib/drivers/input'
import { reveal, Secret } from '@/lib/secret'
import {
  ensure,
  everyInput,
  everyText,
  expectPlain,
  expectSafeMount,
  hostile,
  numbers,
} from '@/testing/drivers/hostile-input'

// A busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 })

const CLOSED_SET =
  /^(?:credentials=\/run\/x|ip=192\.0\.2\.10|username=guest|guest|vers=(?:default|2\.[01]|3|3\.0|3\.0\.2|3\.1\.1)|hard|soft|nosharesock|forceuid|forcegid|(?:file|dir)_mode=0?[0-7]{3}|seal|sec=(?:none|ntlmsspi?)|cache=(?:strict|none|loose)|(?:uid|gid|port|actimeo|rsize|wsize|echo_interval)=\d{1,10}|noserverino|nobrl|mfsymlinks|noexec|rw|ro|nosuid|nodev)$/

const TARGET = { mountId: 'mnt_x', path: '/mnt/x', readOnly: false }

describe('hostile input', () => {
  const base = { server: 'nas.example.com', share_name: 'media', username: 'alice', password: 'not-a-real-secret' }
  const use = (flat: Record<string, unknown>) => {
    const parsed = parseBackendInput('cifs', flat)
    const config = cifs.config.parse(parsed.config)
    const shape = /^\/\/[A-Za-z0-9_:][A-Za-z0-9_.:-]*\/[^,\\/"|<>;*?]+(?:\/[^,\\/"|<>*?]+)*$/
    expectSafeMount(
      cifsMountRequest(config, TARGET, { credentials: '/run/x', address: '192.0.2.10' }),
      shape,
      CLOSED_SET,
    )
    ensure(!config.path?.split('/').includes('..'), String(config.path))

    const [service = '', ...flags] = lookArguments(config, '192.0.2.10', '/run/x')
    expectPlain([service, ...flags])
    ensure(service === `//${config.server}/${config.share_name}` && !service.slice(2).includes('//'), service)
    for (const flag of flags) ensure(/^--[a-z-]+(?:=|$)/.test(flag), flag)
    ensure(flags.at(-1) === '--command=exit' && flags.length <= 11, flags.join(' '))

    const password = parsed.secrets.password ?? ''
    const file = reveal(renderCredentials(config, new Secret(password)))
    // As mount.cifs and smbclient take it apart: lines, and the first "=" in each.
    const lines = file.split(/[\n\r\u2028\u2029\u0085\v\f]/).slice(0, -1)
    ensure(lines.length === (config.domain === undefined ? 2 : 3), file)
    ensure(lines[0] === `username=${config.username}` && lines[1] === `password=${password}`, file)
    ensure(password === password.trim() && !/[,%\\/]/.test(`${config.username}${config.domain ?? ''}`), file)
  }
  const valid: Record<string, string[]> = {
    server: ['nas', 'nas-1.example.com', '192.0.2.10', '2001:db8::10'],
    share_name: ['media', 'My Films', 'c$', 'ünï'],
    path: ['team', 'team/films', '\\team\\films', 'a b/c'],
    username: ['alice', 'alice@example.com', 'Ann Smith', 'svc$'],
    domain: ['EXAMPLE', 'example.com', 'ad-1'],
    password: ['not-a-real-secret', 'with,comma', 'quo"te', "it's", 'a b=c#d'],
    file_mode: ['0644', '600'],
    smb_version: ['auto', '3.1.1'],
    auth: ['password', 'guest', 'anonymous'],
    sec: ['ntlmssp'],
    cache: ['strict', 'none'],
  }
  it.each(Object.keys(valid))('%s', (field) => {
    everyInput(hostile(valid[field] ?? []), field, (value) => use({ ...base, [field]: value }))
  })

  it.each(['uid', 'gid', 'port', 'actimeo', 'rsize', 'wsize', 'echo_interval'])('%s', (field) => {
    everyInput(
      fc.oneof(
        numbers,
        fc.integer({ min: 16, max: 8192 }).map((n) => n * 1024),
      ),
      field,
      (value) => use({ ...base, [field]: value }),
    )
  })

  it.each(['mount_options', 'smb_options'])('%s', (field) => {
    everyText(hostile(['vers=3.0', 'rw,seal', 'uid=1000,gid=100', 'file_mode=0660', 'guest', 'cache=none']), (text) =>
      use({ ...base, [field]: text }),
    )
  })
})
