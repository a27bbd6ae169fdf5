import { CifsConfig, CifsSecrets, checkCifs } from '@/lib/drivers/cifs/config'
import { cifsExistingMounts } from '@/lib/drivers/cifs/existing-mounts'
import { cifsMounting } from '@/lib/drivers/cifs/mount-options'
import { parseCifsOptions } from '@/lib/drivers/cifs/option-words'
import { problems } from '@/lib/drivers/cifs/problems'
import { cifsSource, takeCifsApart } from '@/lib/drivers/cifs/source'
import { cifsWolfstack } from '@/lib/drivers/cifs/wolfstack'
import { defineDriver } from '@/lib/drivers/contract/descriptor'
import { MOUNT_FIELDS, NETWORK_MOUNT_FIELDS, OWNER_FIELDS } from '@/lib/drivers/options/mount-fields'

export const cifs = defineDriver({
  id: 'cifs',
  title: 'SMB',
  summary: 'a share from a NAS, Windows or Samba server',
  access: 'file',
  config: CifsConfig,
  secrets: CifsSecrets,
  aliases: { share: 'share_name', password_secret: 'password' },
  fixedAfterCreate: {
    share_name: 'Another share is another storage: create a new backend for it. The server address may change.',
    path: 'Another folder is another storage: create a new backend for it.',
  },
  overridable: [
    'server',
    'smb_version',
    'seal',
    'sec',
    'port',
    'on_outage',
    'uid',
    'gid',
    'file_mode',
    'dir_mode',
    'cache',
    'actimeo',
    'rsize',
    'wsize',
    'echo_interval',
    'noserverino',
    'nobrl',
    'mfsymlinks',
    'noexec',
  ],
  // What proves the password goes to the server; the others say how well the session is kept from whoever is on the way.
  destination: { server: true, port: true, smb_version: true, seal: true, sec: true },
  fields: {
    server: {
      label: 'Server',
      help: 'Host name or IP address of the SMB server, as the hosts reach it.',
      placeholder: 'nas.example.com',
      group: 'essential',
      control: 'text',
    },
    share_name: {
      label: 'Share',
      help: 'Name of the share, without the server and without slashes.',
      placeholder: 'media',
      group: 'essential',
      control: 'text',
      optionsFrom: 'shares',
    },
    path: {
      label: 'Folder',
      help: 'Folder in the share; empty for all of it.',
      placeholder: 'team/videos',
      group: 'essential',
      control: 'text',
    },
    auth: {
      label: 'Sign in',
      help: 'A guest is let in under a name without a password; some servers let in nobody but who gives no name at all.',
      group: 'credentials',
      control: 'select',
      choices: {
        password: 'With user name and password',
        guest: 'As guest',
        anonymous: 'Without a name (anonymous)',
      },
    },
    username: {
      label: 'User name',
      group: 'credentials',
      control: 'text',
      visibleWhen: { field: 'auth', is: ['password'] },
    },
    password: {
      label: 'Password',
      group: 'credentials',
      control: 'password',
      visibleWhen: { field: 'auth', is: ['password'] },
    },
    domain: {
      label: 'Domain',
      help: 'Domain or workgroup of the user; empty for an account of the server itself.',
      placeholder: 'EXAMPLE',
      group: 'credentials',
      control: 'text',
      visibleWhen: { field: 'auth', is: ['password'] },
    },
    smb_version: {
      label: 'Protocol version',
      help: 'Automatic takes the highest that both sides speak, from 2.1 on. SMB 1 is unsafe and is not offered.',
      group: 'essential',
      control: 'select',
      choices: {
        auto: 'Automatic',
        '3': 'SMB 3, the highest',
        '3.1.1': 'SMB 3.1.1',
        '3.0.2': 'SMB 3.0.2',
        '3.0': 'SMB 3.0',
        '2.1': 'SMB 2.1',
        '2.0': 'SMB 2.0',
      },
    },
    seal: {
      label: 'Encrypt',
      help: 'Encrypts everything between host and server; needs SMB 3 (seal).',
      group: 'essential',
      control: 'switch',
    },
    sec: {
      label: 'Security',
      help: 'Leave empty unless the server asks for signed packets (sec).',
      group: 'advanced',
      control: 'select',
      choices: { ntlmssp: 'NTLMv2 (ntlmssp)', ntlmsspi: 'NTLMv2 with signed packets (ntlmsspi)' },
    },
    port: { label: 'Port', help: 'Leave empty for the usual port, 445.', group: 'advanced', control: 'number' },
    on_outage: {
      label: 'When the server is away',
      help: 'Waiting never loses a write. With an error, programs that ignore errors can lose data.',
      group: 'advanced',
      control: 'select',
      choices: { hard: 'Programs wait until it is back (hard)', soft: 'Programs get an error (soft)' },
    },
    ...OWNER_FIELDS,
    file_mode: {
      label: 'File permissions',
      help: 'Octal permissions of all files on the host (file_mode).',
      group: 'advanced',
      control: 'text',
    },
    dir_mode: {
      label: 'Folder permissions',
      help: 'Octal permissions of all folders on the host (dir_mode).',
      group: 'advanced',
      control: 'text',
    },
    cache: {
      label: 'Cache',
      help: 'How file content is cached; leave empty for the protocol’s own rules (cache).',
      group: 'advanced',
      control: 'select',
      choices: { strict: 'By the rules of the protocol', none: 'None', loose: 'Loose, for a single writer' },
    },
    ...NETWORK_MOUNT_FIELDS,
    echo_interval: {
      label: 'Signs of life',
      help: 'Seconds between two signs of life; an outage is noticed after three (echo_interval).',
      group: 'advanced',
      control: 'number',
    },
    noserverino: {
      label: 'Own inode numbers',
      help: 'For servers whose file numbers are not unique (noserverino).',
      group: 'advanced',
      control: 'switch',
    },
    nobrl: {
      label: 'Local locks',
      help: 'Locks hold only on this host; for programs that the locks of SMB upset (nobrl).',
      group: 'advanced',
      control: 'switch',
    },
    mfsymlinks: {
      label: 'Symbolic links',
      help: 'Keeps symbolic links as small files on the server (mfsymlinks).',
      group: 'advanced',
      control: 'switch',
    },
    ...MOUNT_FIELDS,
  },
  capabilities: ['mount', 'usage', 'discover', 'volumes'],
  discoveries: { shares: 'Look for shares' },
  scope: 'fleet',
  hostFileSystems: { cifs: 'cifs' },
  hostCommands: ['mount', 'umount', 'mount.cifs', 'smbclient'],
  servers: (config) => [config.server],
  problems,
  describeSource: cifsSource,
  takeApart: takeCifsApart,
  parseFreeTextOptions: parseCifsOptions,
  mounting: cifsMounting,
  volumes: {
    engine: 'image-files',
    refuses(config) {
      if (config.read_only) return 'It is read-only: turn that off, since a pool writes its volumes there.'
      // QEMU locks each byte of an image that it opens for writing, and SMB refuses to write to what is locked.
      if (!config.nobrl)
        return 'QEMU cannot write images through the locks of SMB: turn on the local locks of this backend (nobrl).'
      return null
    },
  },
  existingMounts: cifsExistingMounts,
  wolfstack: cifsWolfstack,
  check: checkCifs,
})
