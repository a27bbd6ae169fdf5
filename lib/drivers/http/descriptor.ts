import { defineDriver } from '@/lib/drivers/contract/descriptor'
import { checkHttp, HttpConfig, HttpSecrets } from '@/lib/drivers/http/config'
import { takeHttpApart } from '@/lib/drivers/http/pasted'
import { problems } from '@/lib/drivers/http/problems'
import { httpMounting } from '@/lib/drivers/http/rclone'
import { MOUNT_FIELDS, OWNER_FIELDS } from '@/lib/drivers/options/mount-fields'

export const http = defineDriver({
  id: 'http',
  title: 'HTTP',
  summary: 'files on a web server or CDN, to read only',
  access: 'file',
  readOnly: true,
  config: HttpConfig,
  secrets: HttpSecrets,
  takeApart: takeHttpApart,
  fixedAfterCreate: {},
  overridable: ['dir_cache_time', 'uid', 'gid', 'umask', 'noexec'],
  destination: { base_url: true, verify_ssl: true, ca_certificate: true },
  fields: {
    base_url: {
      label: 'Base URL',
      help: 'Address under which the files lie. To be mounted, it must show a list of its files.',
      placeholder: 'https://files.example.com/images',
      group: 'essential',
      control: 'text',
    },
    auth_method: {
      label: 'Sign in',
      group: 'credentials',
      control: 'select',
      choices: {
        none: 'Without (open to everybody)',
        basic: 'With user name and password (basic)',
        bearer: 'With a token (bearer)',
      },
    },
    username: {
      label: 'User name',
      group: 'credentials',
      control: 'text',
      visibleWhen: { field: 'auth_method', is: ['basic'] },
    },
    password: {
      label: 'Password',
      group: 'credentials',
      control: 'password',
      visibleWhen: { field: 'auth_method', is: ['basic'] },
    },
    token: {
      label: 'Token',
      help: 'What stands behind "Bearer" in the header Authorization.',
      group: 'credentials',
      control: 'password',
      visibleWhen: { field: 'auth_method', is: ['bearer'] },
    },
    verify_ssl: {
      label: 'Check the certificate',
      help: 'Without it, anyone on the way can pretend to be the server and read the password.',
      group: 'advanced',
      control: 'switch',
    },
    ca_certificate: {
      label: 'Certificate authority',
      help: 'PEM certificate of your own authority, if the server has a certificate from it.',
      group: 'advanced',
      control: 'multiline',
    },
    dir_cache_time: {
      label: 'Listing age',
      help: 'Seconds until changes on the server show up.',
      group: 'advanced',
      control: 'number',
    },
    ...OWNER_FIELDS,
    umask: {
      label: 'Umask',
      help: 'Permissions taken away: 022 lets everybody read.',
      group: 'advanced',
      control: 'text',
    },
    noexec: MOUNT_FIELDS.noexec,
  },
  capabilities: ['mount', 'download'],
  discoveries: {},
  scope: 'fleet',
  hostFileSystems: { fuse: 'fuse' },
  hostCommands: ['mount', 'umount', 'rclone', 'fusermount3'],
  servers: (config) => [new URL(config.base_url).hostname],
  problems,
  describeSource: (config) => config.base_url.replace(/^https?:\/\//, ''),
  mounting: httpMounting,
  check: checkHttp,
})
