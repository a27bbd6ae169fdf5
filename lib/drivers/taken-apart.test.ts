import { describe, expect, it } from 'vitest'
import { parseBackendInput, parsePartialInput, replaceBackendInput, takenApart } from '@/lib/drivers/input'
import { HoldfastError } from '@/lib/errors'

const IQN = 'iqn.2001-04.com.example:storage.disk1'

describe('what people paste is taken apart', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['nfs', { server: 'nas:/export/media' }, { server: 'nas', export_path: '/export/media' }],
    ['nfs', { server: ' nas:/export/media/\n' }, { server: 'nas', export_path: '/export/media' }],
    ['nfs', { server: '[2001:db8::1]:/e' }, { server: '2001:db8::1', export_path: '/e' }],
    ['nfs', { export_path: 'nas:/export/media' }, { server: 'nas', export_path: '/export/media' }],
    [
      'nfs',
      { server: 'nfs://nas/export/my%20films' },
      { server: 'nas', export_path: '/export/my films', port: undefined },
    ],
    ['nfs', { server: 'NFS://nas.example.com:20049/' }, { server: 'nas.example.com', export_path: '/', port: 20_049 }],
    ['nfs', { server: 'nas:/e', export_path: '/e/' }, { server: 'nas', export_path: '/e' }],
    ['nfs', { server: 'nas', export_path: '/volume1/User\\040Homes ' }, { export_path: '/volume1/User Homes' }],
    ['nfs', { server: 'nas', export_path: '/a, b' }, { export_path: '/a, b' }],
    ['nfs', { server: 'nas', export_path: '/export//media///' }, { export_path: '/export/media' }],
    ['nfs', { server: 'nas', export_path: '/my films 192.0.2.0/24,*.lan' }, { export_path: '/my films' }],
    ['nfs', { server: 'nas', export_path: '/export/media (everyone)' }, { export_path: '/export/media' }],
    ['nfs', { server: 'nas', export_path: '/export/media *' }, { export_path: '/export/media' }],
    ['nfs', { server: 'nas', export_path: '/my films host1,host2.lan' }, { export_path: '/my films' }],
    ['nfs', { server: 'nas', export_path: '/e *(rw)' }, { export_path: '/e' }],
    [
      'nfs',
      { server: 'nas', export_path: '/my films 192.0.2.0/24(rw,sync,no_subtree_check) host(ro,anonuid=1000)' },
      { export_path: '/my films' },
    ],
    ['nfs', { server: 'nas', export_path: '/films (new)' }, { export_path: '/films (new)' }],
    ['nfs', { server: 'nas', export_path: '/my films' }, { export_path: '/my films' }],
    ['nfs', { server: 'nas', export_path: '/e', version: 4.1 }, { version: '4.1' }],
    ['nfs', { server: 'nas', export_path: '/e', version: 4 }, { version: '4' }],
    ['nfs', { server: 'nas', export_path: '/e', version: 'NFSv4.2' }, { version: '4.2' }],
    ['nfs', { server: 'nas', export_path: '/e', version: 'v3 ' }, { version: '3' }],
    ['ceph-rbd', { monitors: ['10.0.0.1:6789', '10.0.0.2'], pool: 'rbd' }, { monitors: '10.0.0.1:6789,10.0.0.2' }],
    ['local-dir', { path: '/srv/media//' }, { path: '/srv/media' }],
    ['cifs', { server: 'nas', share_name: 's', path: '[2020] a;b/' }, { path: '[2020] a;b' }],
    ['cifs', { server: '\\\\nas\\Public\\team\\films\\' }, { server: 'nas', share_name: 'Public', path: 'team/films' }],
    ['cifs', { server: '//nas/Public' }, { server: 'nas', share_name: 'Public', path: undefined }],
    ['cifs', { path: '\\\\nas\\Public\\a' }, { server: 'nas', share_name: 'Public', path: 'a' }],
    ['cifs', { path: 'smb://nas/Public/a b' }, { server: 'nas', share_name: 'Public', path: 'a b' }],
    ['cifs', { server: 'nas', share_name: 's', path: '/team/a' }, { share_name: 's', path: 'team/a' }],
    ['cifs', { server: '//nas:1445/Public' }, { server: 'nas', share_name: 'Public', port: 1445 }],
    ['cifs', { server: '//[fd00::12]:445/Public' }, { server: 'fd00::12', share_name: 'Public', port: undefined }],
    ['cifs', { server: 'file:////nas/Public/a' }, { server: 'nas', share_name: 'Public', path: 'a' }],
    ['cifs', { server: 'file://///nas/Public' }, { server: 'nas', share_name: 'Public' }],
    ['cifs', { server: '\\\\?\\UNC\\nas\\Public' }, { server: 'nas', share_name: 'Public', path: undefined }],
    ['cifs', { share_name: '\\\\nas\\My Docs' }, { server: 'nas', share_name: 'My Docs' }],
    ['cifs', { server: 'nas', share_name: '//nas/Public' }, { server: 'nas', share_name: 'Public' }],
    ['cifs', { server: '\\\\nas', share_name: '/Public/' }, { server: 'nas', share_name: 'Public' }],
    ['cifs', { server: 'smb://nas/Public/a%20b/' }, { server: 'nas', share_name: 'Public', path: 'a b' }],
    ['cifs', { server: 'smb://[fd00::12]:1445/Public' }, { server: 'fd00::12', share_name: 'Public', port: 1445 }],
    ['cifs', { server: 'smb://HOME;bob@nas/Public', username: undefined }, { domain: 'HOME', username: 'bob' }],
    ['iscsi-lvm', { portal: `192.0.2.5:3260,1 ${IQN}` }, { portal: '192.0.2.5:3260', target: IQN }],
    ['iscsi-lvm', { target: `[fd00::5]:3260,1 ${IQN}` }, { portal: '[fd00::5]:3260', target: IQN }],
    [
      'iscsi-lvm',
      { portal: `tcp: [1] 192.0.2.5:860,1028 ${IQN} (non-flash)` },
      { portal: '192.0.2.5:860', target: IQN },
    ],
    ['iscsi-lvm', { portal: `iscsi://192.0.2.5/${IQN}/3` }, { portal: '192.0.2.5:3260', target: IQN, lun: 3 }],
    ['iscsi-lvm', { portal: 'san', target: `Target: ${IQN} (non-flash)` }, { portal: 'san:3260', target: IQN }],
    ['iscsi-lvm', { portal: 'san', target: `Target 1: ${IQN}` }, { target: IQN }],
    ['iscsi-lvm', { portal: 'Current Portal: 192.0.2.5:3260,1', target: IQN }, { portal: '192.0.2.5:3260' }],
    [
      'iscsi-lvm',
      { portal: `iscsi://vm:S3cretPw1234@192.0.2.5/${IQN}/3` },
      { portal: '192.0.2.5:3260', target: IQN, lun: 3, chap_enabled: true, chap_user: 'vm' },
    ],
    ['iscsi-lvm', { portal: 'iscsi://192.0.2.5', target: IQN }, { portal: '192.0.2.5:3260', target: IQN }],
    ['iscsi-lvm', { portal: '192.0.2.5:3260,1', target: ` ${IQN}\n` }, { portal: '192.0.2.5:3260', target: IQN }],
    ['local-dir', { path: 'file:///srv/media' }, { path: '/srv/media' }],
    ['local-dir', { path: ' /srv/my\\040films ' }, { path: '/srv/my films' }],
  ])('%s %j', (type, given, expected) => {
    const flat = type === 'cifs' ? { username: 'alice', ...given } : given
    const { config } = parseBackendInput(type, flat)
    expect(config).toMatchObject(
      Object.fromEntries(Object.entries(expected).filter(([, value]) => value !== undefined)),
    )
    for (const [key, value] of Object.entries(expected)) if (value === undefined) expect(config).not.toHaveProperty(key)
  })

  it('with a word about it, in which no secret is', () => {
    expect(takenApart('nfs', { server: 'nas:/e' })).toEqual({
      flat: { server: 'nas', export_path: '/e' },
      notes: ['What was entered as Server was taken apart: Server nas, Export path /e.'],
    })
    const shared = { server: 'smb://bob:not-a-secret@nas/Public' }
    const { notes } = takenApart('cifs', shared)
    expect(notes.join()).toContain('Password')
    expect(notes.join()).not.toContain('not-a-secret')
    const parsed = parseBackendInput('cifs', shared)
    expect(parsed.secrets).toEqual({ password: 'not-a-secret' })
    expect(JSON.stringify(parsed.config)).not.toContain('not-a-secret')
    expect(takenApart('nfs', { server: ' nas ', export_path: '/e' }).notes).toEqual([])
    expect(takenApart('nfs', { server: 'nfs://bob:not-a-secret@nas/e' }).notes).toEqual([
      'What was entered as Server was taken apart: Server nas, Export path /e.',
      'User name and password were left out, since NFS has none.',
    ])
    expect(takenApart('nfs', { server: 'nas', export_path: '/e *' }).notes).toEqual([
      'What was entered as Export path was taken apart: Export path /e.',
    ])
  })

  it.each([
    ['smb://bob:p@S3cretPw@nas/s', 'bob', 'p@S3cretPw'],
    ['smb://bob:@S3cretPw@@nas/s', 'bob', '@S3cretPw@'],
    ['smb://bob:p/S3cretPw@nas/s', 'bob', 'p/S3cretPw'],
    ['smb://bob:p:1/S3:cretPw@nas/s', 'bob', 'p:1/S3:cretPw'],
    ['smb://bob:p?S3cretPw#x@nas:445/s', 'bob', 'p?S3cretPw#x'],
    ['smb://bob@example.com:S3cretPw@nas/s', 'bob@example.com', 'S3cretPw'],
    ['smb://HOME;bob:S3cret%40Pw@nas/s', 'bob', 'S3cret@Pw'],
  ])('a password in an address ends at its last @: %s', (server, username, password) => {
    expect(parseBackendInput('cifs', { server })).toMatchObject({
      config: { server: 'nas', share_name: 's', username },
      secrets: { password },
    })
    expect(takenApart('cifs', { server }).notes.join()).not.toContain('S3')
  })

  it.each([
    ['server', '//nas/s -U bob%S3cretPw', 'S3cretPw'],
    ['server', "smbclient //nas/s -U 'bob%S3cret Pw'", 'S3cret Pw'],
    ['share_name', '\\\\nas\\s --user=bob%p%S3cretPw', 'p%S3cretPw'],
    ['server', '//nas/s -Ubob', undefined],
  ])('the sign-in of smbclient behind a share goes where it belongs: %s %s', (field, text, password) => {
    const { config, secrets } = parseBackendInput('cifs', { [field]: text })
    expect(config).toMatchObject({ server: 'nas', share_name: 's', username: 'bob' })
    expect(secrets.password).toBe(password)
    expect(takenApart('cifs', { [field]: text }).notes.join()).not.toContain('S3')
  })

  it.each([
    ['server', '//nas/s /mnt/s cifs user=bob%S3cretPw 0 0'],
    ['server', '//nas/s -o user=bob%S3cretPw'],
    ['server', '\\\\nas\\s S3cretPw /user:bob'],
    ['server', '//nas/s -U bob%S3cretPw -m SMB3'],
    ['share_name', '//nas/s -A /root/S3cretPw'],
    ['share_name', 's -o user%S3cretPw'],
  ])('what else stands behind a share is refused and not repeated: %s %s', (field, text) => {
    expect(takenApart('cifs', { [field]: text }).notes).toEqual([])
    const given = { server: 'nas', share_name: 's', username: 'bob', [field]: text }
    expect(() => parseBackendInput('cifs', given)).toThrow(`config.${field}`)
    expect(() => parseBackendInput('cifs', given)).not.toThrow('S3')
  })

  it.each(['vm:S3cretPw1234', 'vm%S3cretPw1234'])('the sign-in of a LUN is taken from its address: %s', (signIn) => {
    const portal = `iscsi://${signIn}@192.0.2.5:3261/${IQN}/3`
    expect(parseBackendInput('iscsi-lvm', { portal })).toMatchObject({
      config: { portal: '192.0.2.5:3261', chap_enabled: true, chap_user: 'vm' },
      secrets: { chap_password: 'S3cretPw1234' },
    })
    expect(takenApart('iscsi-lvm', { portal }).notes.join()).not.toContain('S3')
  })

  it('a letter like that in a folder is none', () => {
    const { config } = parseBackendInput('cifs', { server: 'smb://nas:1445/s/a@b', username: 'bob' })
    expect(config).toMatchObject({ server: 'nas', port: 1445, share_name: 's', path: 'a@b' })
  })

  it.each([
    ['cifs', 'server', '//bob:S3cretPw@nas/s'],
    ['cifs', 'server', '//nas%S3cretPw/s'],
    ['nfs', 'server', 'u S3cretPw@nas:/e'],
  ])('what a field would not take is not repeated: %s %s %s', (type, field, text) => {
    expect(takenApart(type, { [field]: text }).notes.join()).not.toContain('S3')
    try {
      parseBackendInput(type, { [field]: text, server: text, share_name: 't', export_path: '/t' })
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      expect(`${error.message}${JSON.stringify(error.fields)}`).not.toContain('S3')
    }
  })

  it('and words of a pasted text that are for others are named', () => {
    const text = 'nconnect=16,noresvport,noatime,_netdev,x-systemd.automount'
    const given = { server: 'nas', export_path: '/e', mount_options: text }
    expect(parseBackendInput('nfs', given).config).toMatchObject({ nconnect: 16, noresvport: true, noatime: true })
    expect(takenApart('nfs', given).notes.join()).toContain('x-systemd.automount')
    const remarks = 'x-note=S3cretPw,comment=S3cretPw,ro,x-gvfs-name=S3cretPw,x-systemd.idle-timeout=60'
    expect(takenApart('nfs', { ...given, mount_options: remarks }).notes).toEqual([
      expect.stringContaining(': x-note, comment, x-gvfs-name, x-systemd.idle-timeout=60.'),
    ])
    expect(takenApart('s3', { mount_options: 'x-systemd.automount' }).notes).toEqual([])
  })

  it.each([
    ['nfs', { server: 'nas:/a', export_path: '/b' }, 'config.server', 'Export path "/a"'],
    ['cifs', { server: 'nas', share_name: '//other/s', username: 'x' }, 'config.share_name', 'Server "other"'],
    ['cifs', { server: 'smb://u:secret-1@nas/s', password: 'secret-2' }, 'config.server', 'Password'],
    ['iscsi-lvm', { portal: `san:3260,1 ${IQN}`, target: 'iqn.2001-04.com.example:b' }, 'config.portal', IQN],
    ['iscsi-lvm', { portal: `iscsi://192.0.2.5/${IQN}/x` }, 'config.portal', 'host name'],
    ['cifs', { server: 'nas', share_name: 's', username: 'x', path: '//other/s' }, 'config.path', 'Server "other"'],
    ['nfs', { server: 'nas', export_path: '/a\\b' }, 'config.export_path', 'no backslashes'],
    ['nfs', { server: 'nas:/e /mnt/e nfs sec=krb5 0 0', export_path: '/e' }, 'config.server', 'its own field'],
    ['nfs', { server: 'nas:/e on /mnt/e type nfs4 (rw)', export_path: '/e' }, 'config.server', 'its own field'],
    ['local-dir', { path: '//nas/share' }, 'config.path', '"//"'],
    ['nfs', { server: 'nas', export_path: 'http://nas/a' }, 'config.export_path', 'start with'],
    ['nfs', { server: '//nas/a', export_path: '/a' }, 'config.server', 'letters, digits'],
    [
      'nfs',
      { server: 'nas', export_path: '/e', mount_options: 'addr=192.0.2.9,rw,soft,nfsvers=4' },
      'config.mount_options',
      'the server has its own field',
    ],
  ])('%s: one field that says otherwise than another is a problem: %j', (type, given, field, reason) => {
    try {
      parseBackendInput(type, given)
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      const problems = (error.fields ?? []).filter((problem) => problem.field === field)
      expect(problems.map(({ message }) => message).join()).toContain(reason)
      expect(`${error.message}${JSON.stringify(error.fields)}`).not.toMatch(/secret-\d/)
      return
    }
    throw new Error('expected a refusal')
  })

  it('also for a change and for a look at what there is', () => {
    const stored = parseBackendInput('nfs', { server: 'nas', export_path: '/e', version: '4.2' }).config
    expect(replaceBackendInput('nfs', stored, { server: 'nas2:/e', version: '4.2' })).toMatchObject({
      config: { ...stored, server: 'nas2' },
      moved: [],
    })
    expect(replaceBackendInput('nfs', stored, { server: 'nas2:/other' }).moved).toEqual(['export_path'])
    expect(parsePartialInput('nfs', { server: 'nas:/e' }).config).toMatchObject({ server: 'nas', export_path: '/e' })
  })
})

describe('what vendors and browsers show', () => {
  const R2 = `${'0123456789abcdef'.repeat(2)}.r2.cloudflarestorage.com`

  it.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ endpoint: ' https://s3.example.com/ \n', bucket: 'media' }, { endpoint: 'https://s3.example.com' }],
    [{ endpoint: `https://${R2}/media` }, { endpoint: `https://${R2}`, bucket: 'media' }],
    [{ endpoint: `https://media.${R2}/a/b/` }, { endpoint: `https://${R2}`, bucket: 'media', prefix: 'a/b' }],
    [
      { endpoint: 'https://www.example.com.s3.eu-west-1.amazonaws.com' },
      { endpoint: 'https://s3.eu-west-1.amazonaws.com', bucket: 'www.example.com' },
    ],
    [{ endpoint: 'media.s3.wasabisys.com' }, { endpoint: 'https://s3.wasabisys.com', bucket: 'media' }],
    [
      { endpoint: 'https://fsn1.your-objectstorage.com/media/films' },
      { endpoint: 'https://fsn1.your-objectstorage.com', bucket: 'media', prefix: 'films' },
    ],
    [{ endpoint: 'https://s3.example.com/media', bucket: 'media' }, { endpoint: 'https://s3.example.com' }],
    [
      { endpoint: 'https://a.example.com/storage/v1/s3', bucket: 'media' },
      { endpoint: 'https://a.example.com/storage/v1/s3' },
    ],
    [
      { endpoint: 'https://bucket.vpce-1a-5e.s3.us-east-1.vpce.amazonaws.com', bucket: 'media' },
      { endpoint: 'https://bucket.vpce-1a-5e.s3.us-east-1.vpce.amazonaws.com' },
    ],
    [
      { endpoint: 'https://a-1.s3-accesspoint.eu-west-1.amazonaws.com', bucket: 'media' },
      { endpoint: 'https://a-1.s3-accesspoint.eu-west-1.amazonaws.com' },
    ],
    [
      { endpoint: 'https://media.s3-accelerate.amazonaws.com', bucket: 'films' },
      { endpoint: 'https://media.s3-accelerate.amazonaws.com' },
    ],
    [{ bucket: 's3://media/films/2020/' }, { bucket: 'media', prefix: 'films/2020' }],
    [{ bucket: 'gs://media' }, { bucket: 'media' }],
    [{ bucket: 'arn:aws:s3:::media/films' }, { bucket: 'media', prefix: 'films' }],
    [{ bucket: 'media/films' }, { bucket: 'media', prefix: 'films' }],
    [{ bucket: '/media/ ' }, { bucket: 'media' }],
    [
      { endpoint: '', bucket: 'https://media.s3.eu-west-1.amazonaws.com/a' },
      { endpoint: 'https://s3.eu-west-1.amazonaws.com', bucket: 'media', prefix: 'a' },
    ],
    [
      { bucket: 'media', region: ' fsn1\n', access_key_id: ' FAKEKEY\n' },
      { region: 'fsn1', access_key_id: 'FAKEKEY' },
    ],
  ])('s3 %j', (given, expected) => {
    const flat = { endpoint: 'https://s3.example.com', access_key_id: 'FAKEKEY', ...given }
    expect(parseBackendInput('s3', flat).config).toMatchObject(expected)
  })

  it.each<[string, Record<string, unknown>, Record<string, unknown>, Record<string, string>]>([
    [
      's3',
      { endpoint: 'https://FAKEKEY:S3cret%2FPw@minio.example.com:9000', bucket: 'media' },
      { endpoint: 'https://minio.example.com:9000', access_key_id: 'FAKEKEY' },
      { secret_access_key: 'S3cret/Pw' },
    ],
    [
      'http',
      { base_url: 'https://bob:S3cret%40Pw@files.example.com:8443/pub%20a/' },
      { base_url: 'https://files.example.com:8443/pub%20a', auth_method: 'basic', username: 'bob' },
      { password: 'S3cret@Pw' },
    ],
    [
      'http',
      { base_url: ' https://files.example.com/my größe ' },
      { base_url: 'https://files.example.com/my%20gr%C3%B6%C3%9Fe' },
      {},
    ],
    ['http', { base_url: 'https://files.example.com/a@b@d' }, { base_url: 'https://files.example.com/a@b@d' }, {}],
    [
      'cifs',
      { server: '//HOME;bob:S3cret/Pw@nas/films/2020' },
      { server: 'nas', share_name: 'films', path: '2020', domain: 'HOME', username: 'bob' },
      { password: 'S3cret/Pw' },
    ],
    ['cifs', { server: '\\\\bob@nas\\films' }, { server: 'nas', share_name: 'films', username: 'bob' }, {}],
    ['cifs', { server: 'nas/films/2020', username: 'bob' }, { server: 'nas', share_name: 'films', path: '2020' }, {}],
    ['cifs', { server: 'nas:1445', share_name: 'films', username: 'bob' }, { server: 'nas', port: 1445 }, {}],
    ['cifs', { server: 'nas', share_name: 's', username: 'EXAMPLE\\bob' }, { domain: 'EXAMPLE', username: 'bob' }, {}],
    ['cifs', { server: '//nas/s/a@b/c', username: 'bob' }, { server: 'nas', share_name: 's', path: 'a@b/c' }, {}],
  ])('%s %j, with the sign-in where it belongs', (type, given, config, secrets) => {
    const parsed = parseBackendInput(type, given)
    expect(parsed).toMatchObject({ config, secrets })
    expect(JSON.stringify([parsed.config, takenApart(type, given).notes])).not.toContain('S3cret')
  })

  it.each<[string, Record<string, unknown>, string]>([
    ['s3', { endpoint: 'https://S3cretPw@s3.example.com', bucket: 'media', access_key_id: 'a' }, 'config.endpoint'],
    ['s3', { endpoint: 'https://k:S3cretPw@s3.example.com', bucket: 'media', access_key_id: 'a' }, 'config.endpoint'],
    ['s3', { endpoint: 'https://other.s3.wasabisys.com', bucket: 'media', access_key_id: 'a' }, 'config.endpoint'],
    ['http', { base_url: 'https://S3cretPw@files.example.com/pub' }, 'config.base_url'],
    ['http', { base_url: 'https://bob:S3cretPw@files.example.com/pub', username: 'eve' }, 'config.base_url'],
    ['nfs', { server: 'nas:/e?password=S3cretPw' }, 'config.export_path'],
    ['nfs', { server: 'nas', export_path: '/e,password=S3cretPw' }, 'config.export_path'],
    ['cifs', { server: '\\\\nas@SSL@8443\\DavWWWRoot', username: 'bob' }, 'config.server'],
  ])('%s %j is refused, and nothing of it is repeated', (type, given, field) => {
    try {
      parseBackendInput(type, given)
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error
      expect(error.fields?.map((problem) => problem.field)).toContain(field)
      expect(`${error.message}${JSON.stringify(error.fields)}${takenApart(type, given).notes}`).not.toContain('S3cret')
      return
    }
    throw new Error('expected a refusal')
  })
})

describe('the version of NFS', () => {
  it('of what is stored stays, and what is new negotiates', () => {
    const stored = { ...parseBackendInput('nfs', { server: 'nas', export_path: '/e' }).config, version: '4.2' }
    expect(replaceBackendInput('nfs', stored, { ...stored, timeo: 70 }).config.version).toBe('4.2')
    expect(replaceBackendInput('nfs', stored, { ...stored, version: null }).config.version).toBe('auto')
  })

  it.each([
    ['vers=4', '4'],
    ['nfsvers=4.1', '4.1'],
    ['v3', '3'],
    ['minorversion=1,vers=4', '4.1'],
    ['vers=4.1,nolock', '4.1'],
    ['nolock', 'auto'],
    ['-o rw,hard', 'auto'],
  ])('%s is %s', (mount_options, version) => {
    const { config } = parseBackendInput('nfs', { server: 'nas', export_path: '/e', mount_options })
    expect(config).toMatchObject({ version })
  })
})
