import { describe, it, vi } from 'vitest'
import { authorization } from '@/lib/drivers/http/client'
import { http } from '@/lib/drivers/http/descriptor'
import { httpMountRequest, renderHttpConfig } from '@/lib/drivers/http/rclone'
import { parseBackendInput } from '@/lib/drivers/input'
import { reveal, Secret } from '@/lib/secret'
import { ensure, everyInput, expectPlain, hostile, numbers } from '@/testing/drivers/hostile-input'
import { readIni } from '@/testing/drivers/read-ini'

// A busy machine may take its time.
vi.setConfig({ testTimeout: 120_000 })

const FILES = { config: '/run/x/rclone.conf', authority: '/run/x/ca.pem', cache: '/var/cache/x' }

describe('hostile input', () => {
  const base = {
    base_url: 'https://files.example.com/files',
    auth_method: 'basic',
    username: 'reader',
    password: 'not-a-real-secret',
    token: 'not-a-real-token',
  }
  const use = (flat: Record<string, unknown>) => {
    const parsed = parseBackendInput('http', flat)
    const config = http.config.parse(parsed.config)
    const { args } = httpMountRequest(config, { mountId: 'mnt_x', path: '/mnt/x', readOnly: false }, FILES).daemon
    expectPlain(args)
    ensure(args[0] === 'mount' && args[1] === 'holdfast:' && args.includes('--read-only'), args.join(' '))
    for (const flag of args.slice(3)) ensure(/^--[a-z-]+(?:=[A-Za-z0-9./]+)?$/.test(flag), flag)

    const secrets = Object.fromEntries(Object.entries(parsed.secrets).map(([key, text]) => [key, new Secret(text)]))
    const signIn = authorization(config, { password: new Secret('none was given'), ...secrets })
    const header = signIn === undefined ? '' : reveal(signIn)
    ensure(/^(?:|Basic [A-Za-z0-9+/]*={0,2}|Bearer [A-Za-z0-9._~+/-]+=*)$/.test(header), header)
    const file = reveal(renderHttpConfig(config, signIn))
    const ini = readIni(file)
    ensure(Object.keys(ini).join() === 'holdfast' && ini.holdfast !== undefined, file)
    const { type, url: address = '', headers } = ini.holdfast
    ensure(type === 'http' && Object.keys(ini.holdfast).length === (header === '' ? 2 : 3), file)
    ensure(headers === (header === '' ? undefined : `Authorization,${header}`), file)
    const url = new URL(address)
    ensure(address === `${config.base_url}/` && /^https?:$/.test(url.protocol), address)
    ensure(`${url.username}${url.password}${url.search}${url.hash}` === '', address)
    // As an address: "169.254.example.com" and "fe80.example.com" are names like others. Loopback is for the policy of the host to judge.
    const forbidden = /^(?:169\.254|0)\.[\d.]*$|^\[(?:::(?!1\])|fe[89ab])/
    ensure(!forbidden.test(url.hostname), url.hostname)
    // No spelling of ".." is left: the parser has taken nothing away.
    ensure(url.pathname === new URL(config.base_url).pathname.replace(/\/?$/, '/'), address)
    ensure(!/(?:^|\/)(?:\.|%2e){1,2}(?:\/|$)/i.test(config.base_url.replace(/^https?:\/\//, '')), config.base_url)
  }
  const valid: Record<string, string[]> = {
    base_url: [
      'https://files.example.com',
      'http://192.168.1.50:8080/files/',
      'https://[2001:db8::20]:8443/a/b%20c',
      'https://cdn.example.com/images/v1.2/~me',
    ],
    username: ['reader', 'Ann Smith', 'ünï'],
    password: ['not-a-real-secret', 'with:colon', 'quo"te,comma', 'ünï'],
    umask: ['022', '0077'],
    auth_method: ['none', 'basic', 'bearer'],
  }
  it.each(Object.keys(valid))('%s', (field) => {
    everyInput(hostile(valid[field] ?? []), field, (value) => use({ ...base, [field]: value }))
  })

  it('token', () => {
    everyInput(hostile(['abc.def-ghi', 'QWxhZGRpbg==', 'a~b+c/d']), 'token', (token) =>
      use({ ...base, auth_method: 'bearer', token }),
    )
  })

  it.each(['dir_cache_time', 'uid', 'gid'])('%s', (field) => {
    everyInput(numbers, field, (value) => use({ ...base, [field]: value }))
  })
})
