import { describe, expect, it } from 'vitest'
import { cifs } from '@/lib/drivers/cifs/descriptor'
import { CIFS_MOUNT_MESSAGES } from '@/lib/drivers/cifs/messages'
import { cifsMounting, cifsOptions, renderCredentials } from '@/lib/drivers/cifs/mount-options'
import { parseCifsOptions } from '@/lib/drivers/cifs/option-words'
import { commandLine } from '@/lib/drivers/command-line'
import { parseBackendInput, replaceBackendInput } from '@/lib/drivers/input'
import { mountCommands } from '@/lib/drivers/mounting/commands'
import { optionWord } from '@/lib/drivers/options/mount-options'
import type { ProblemId } from '@/lib/drivers/problems/catalogue'
import { matchMessage } from '@/lib/drivers/problems/messages'
import { HoldfastError } from '@/lib/errors'
import { reveal, Secret } from '@/lib/secret'
import { distributions, fixture, recordings } from '@/testing/drivers/fixtures'

const BASE = { server: 'nas', share_name: 'media', username: 'alice' }

function problemsOf(flat: Record<string, unknown>): Record<string, string> {
  try {
    parseBackendInput('cifs', flat)
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    return Object.fromEntries((error.fields ?? []).map(({ field, message }) => [field, message]))
  }
  throw new Error('expected a refusal')
}

const CONNECTION = { credentials: '/run/x', address: '192.0.2.10' }

const wordsOf = (config: Parameters<typeof cifsOptions>[0]) => cifsOptions(config, CONNECTION).map(optionWord)

describe('cifsOptions', () => {
  it('is safe without any setting', () => {
    expect(wordsOf(cifs.config.parse(BASE))).toEqual(
      'credentials=/run/x,ip=192.0.2.10,vers=default,hard,nosharesock,uid=0,gid=0,forceuid,forcegid,file_mode=0644,dir_mode=0755,noexec'.split(
        ',',
      ),
    )
  })

  it('renders every setting by name, and reads back its own rendering', () => {
    const text =
      'vers=3.1.1,soft,uid=1000,gid=100,file_mode=0660,dir_mode=0770,seal,sec=ntlmsspi,port=1445,cache=none,actimeo=5,rsize=65536,wsize=131072,echo_interval=10,noserverino,nobrl,mfsymlinks,exec'
    const config = cifs.config.parse(parseBackendInput('cifs', { ...BASE, options: text }).config)
    const rendered = wordsOf(config)
    expect(rendered).toEqual(expect.arrayContaining(text.split(',').filter((word) => word !== 'exec')))
    expect(rendered).not.toContain('noexec')
    const readBack = parseCifsOptions([...rendered.filter((word) => !/^(?:credentials|ip)=/.test(word)), 'exec'].join())
    expect(cifs.config.parse({ ...BASE, ...readBack })).toEqual(config)
  })

  it.each(['sign,sec=ntlmssp', 'sec=ntlmsspi,sec=ntlmv2', 'sec=ntlmssp,sign'])('keeps packets signed: %s', (text) => {
    expect(parseCifsOptions(text)).toEqual({ sec: 'ntlmsspi' })
  })

  it.each([
    ['guest', 'username=guest,guest'],
    ['anonymous', 'sec=none,guest'],
  ])('signs in as %s without a credentials file', (auth, words) => {
    const options = wordsOf(cifs.config.parse({ ...BASE, auth, sec: 'ntlmssp' })).join()
    expect(options).toMatch(new RegExp(`^${words},ip=192.0.2.10,vers=`))
    expect(options).not.toContain('credentials')
  })
})

describe('names of older APIs', () => {
  it('reads the config of a backup product that called it share_name and mount_options', () => {
    const flat = {
      server: '10.0.0.9',
      share_name: 'backups',
      username: 'svc',
      password: 'not-a-real-secret',
      domain: 'EXAMPLE',
      mount_options: 'vers=3.0,rw,file_mode=0644,dir_mode=0755',
    }
    const { config, secrets } = parseBackendInput('cifs', flat)
    expect(config).toMatchObject({ share_name: 'backups', smb_version: '3.0', domain: 'EXAMPLE', auth: 'password' })
    expect(secrets).toEqual({ password: 'not-a-real-secret' })
    expect(JSON.stringify(config)).not.toContain('not-a-real-secret')
  })

  it('takes share and password_secret for share_name and password, but not both at once', () => {
    const { share_name: share, ...rest } = BASE
    const given = { ...rest, share, password_secret: 'not-a-real-secret', smb_options: 'vers=2.1' }
    expect(parseBackendInput('cifs', given)).toMatchObject({
      config: { share_name: 'media', smb_version: '2.1' },
      secrets: { password: 'not-a-real-secret' },
    })
    expect(problemsOf({ ...BASE, share: 'other' })['config.share']).toContain('"share_name"')
  })

  it('keeps the password that a PATCH does not mention', () => {
    const stored = parseBackendInput('cifs', BASE).config
    const { password: _password, ...given } = { password: undefined, ...BASE }
    expect(replaceBackendInput('cifs', stored, { ...given, seal: true })).toMatchObject({ secrets: {}, cleared: [] })
  })
})

describe('what is refused', () => {
  it.each([
    ['vers=1.0', 'SMB 1'],
    ['suid', 'nosuid'],
    ['password=hunter2', 'everyone on the host'],
    ['credentials=/etc/shadow', 'Holdfast writes'],
    ['prefixpath=../x', 'own field'],
    ['rw,ip=127.0.0.1', 'own field'],
    ['nostrictsync', 'does not have this option'],
    ['zork', 'not one of the options'],
    ['uid=root', 'whole number'],
  ])('the option %s, by name and without its value', (text, reason) => {
    const message = problemsOf({ ...BASE, mount_options: text })['config.mount_options']
    expect(message).toContain(reason)
    expect(message).toContain(text.split(',').at(-1)?.split('=')[0])
    expect(message).not.toContain('hunter2')
  })

  it.each([
    'S3cretPw',
    'seal,password=abc,S3cretPw',
    'comment=a b,S3cretPw',
    'S3cret=Pw,seal',
    'sep=;x,S3cretPw',
    '-S3cret',
  ])('a word that may be a piece of a secret, without repeating it: %s', (text) => {
    const message = problemsOf({ ...BASE, mount_options: text })['config.mount_options']
    expect(message).toContain('cannot be used')
    expect(message).not.toMatch(/S3.*Pw|-S3/)
  })

  it.each([
    [{ share_name: 'nas/media' }, 'share_name', 'only the name'],
    [{ share_name: '//other/media' }, 'share_name', 'something else'],
    [{ share_name: 'media,guest' }, 'share_name', 'none of'],
    [{ path: 'a/../../b' }, 'path', '..'],
    [{ path: 'a,uid=0' }, 'path', 'none of'],
    [{ username: 'EX AMPLE\\alice' }, 'username', 'domain'],
    [{ username: 'OTHER\\alice', domain: 'EXAMPLE' }, 'username', 'something else'],
    [{ username: 'alice%secret' }, 'username', 'none of'],
    [{ username: null }, 'username', 'guest'],
    [{ password: 'two\nlines' }, 'password', 'line breaks'],
    [{ password: ' spaced' }, 'password', 'space'],
    [{ smb_version: '1.0' }, 'smb_version', 'Must be one of'],
    [{ smb_version: '2.1', seal: true }, 'seal', 'SMB 3'],
  ])('%j', (change, field, reason) => {
    expect(problemsOf({ ...BASE, ...change })[`config.${field}`]).toContain(reason)
  })

  it.each([
    ['\\team\\films\\', 'team/films'],
    ['/team/', 'team'],
    ['/', ''],
  ])('nothing of a folder written as %s', (path, expected) => {
    expect(parseBackendInput('cifs', { ...BASE, path }).config.path).toBe(expected)
  })
})

describe('the preview', () => {
  it('is the command itself, with the name of the file alone', () => {
    const config = cifs.config.parse({ ...BASE, server: 'fd00::10', share_name: 'my media', seal: true })
    const request = cifsMounting.request(config, { mountId: 'mnt_m', path: '/mnt/m', readOnly: true })
    expect(mountCommands(request).map(commandLine)).toEqual([
      "mount -c -t cifs -o credentials=…/credentials,ip=…,vers=default,hard,nosharesock,uid=0,gid=0,forceuid,forcegid,file_mode=0644,dir_mode=0755,seal,noexec,ro,nosuid,nodev -- '//fd00::10/my media' /mnt/m",
    ])
  })
})

describe('the credentials file', () => {
  it('holds every password as it is', () => {
    const odd = 'o,dd "p=ss; %wörd\\ #1'
    const text = reveal(renderCredentials(cifs.config.parse(BASE), new Secret(odd)))
    expect(text).toBe(`username=alice\npassword=${odd}\n`)
  })

  it('is refused when a value could begin another line', () => {
    const config = { ...cifs.config.parse(BASE), username: 'alice\npassword=x' }
    expect(() => renderCredentials(config, new Secret('x'))).toThrow('cannot hold')
  })
})

describe.each(distributions('cifs', 'mount'))('what mount.cifs of %s says', (distribution) => {
  const recorded: Record<string, ProblemId> = {
    'wrong-password': 'cifs.refused',
    'unknown-user': 'cifs.refused',
    'account-disabled': 'cifs.account_blocked',
    'share-foreign': 'cifs.refused',
    'guest-refused': 'cifs.refused',
    'anonymous-refused': 'cifs.refused',
    'share-missing': 'cifs.not_found',
    'folder-missing': 'cifs.not_found',
    'folder-is-a-file': 'cifs.not_folder',
    'version-1': 'cifs.version_refused',
    'version-too-old': 'cifs.version_refused',
    'version-too-new': 'cifs.version_refused',
    'seal-refused': 'cifs.version_refused',
    'option-unknown': 'cifs.bad_option',
    'name-unknown': 'name.not_found',
    'server-down': 'network.refused',
    'port-refused': 'network.refused',
    unreachable: 'network.no_route',
    blackholed: 'network.timed_out',
    'tool-missing': 'cifs.helper_missing',
  }

  it.each(Object.entries(recorded))('is understood: %s', (name, problem) => {
    expect(matchMessage(CIFS_MOUNT_MESSAGES, fixture('cifs', `mount.${distribution}.${name}.out`))).toBe(problem)
  })

  it('is in this table for every recorded failure', () => {
    const prefix = `mount.${distribution}.`
    const failures = recordings('cifs', prefix).filter(({ exitCode }) => exitCode !== 0)
    const names = failures.map(({ name }) => name.slice(prefix.length).replace(/\.out$/, ''))
    expect(Object.keys(recorded)).toEqual(expect.arrayContaining(names))
  })
})

describe('what mount.cifs says elsewhere', () => {
  it.each([
    ['mount error(112): Host is down', 'network.timed_out'],
    ['mount error(115): Operation now in progress', 'network.timed_out'],
    ['mount error(127): Key has expired', 'cifs.password_expired'],
    [
      'mount error: cifs filesystem not supported by the system\nmount error(19): No such device',
      'cifs.kernel_missing',
    ],
    ['something else', null],
  ])('explains "%s"', (said, problem) => {
    expect(matchMessage(CIFS_MOUNT_MESSAGES, said)).toBe(problem)
  })
})
