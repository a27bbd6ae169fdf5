import { DESCRIPTORS } from '@/lib/drivers/registry'

/** Another value of each setting, for tests of what a stored secret goes with. */

export const CERTIFICATE = (letter: string) =>
  `-----BEGIN CERTIFICATE-----\n${letter.repeat(400)}\n-----END CERTIFICATE-----\n`

/** Of every type with secrets: settings as they are, and another value of each key that they do not need to be valid. */
export const SAMPLES: Record<string, { config: Record<string, unknown>; others: Record<string, unknown> }> = {
  cifs: {
    config: { server: 'nas-a', share_name: 'media', username: 'reader' },
    others: {
      server: 'nas-b',
      share_name: 'films',
      path: 'deep',
      auth: 'guest',
      username: 'writer',
      domain: 'EXAMPLE',
      smb_version: '2.1',
      seal: true,
      sec: 'ntlmsspi',
      port: 1445,
      on_outage: 'soft',
      uid: 1,
      gid: 1,
      file_mode: '0600',
      dir_mode: '0700',
      cache: 'none',
      actimeo: 2,
      rsize: 65_536,
      wsize: 65_536,
      echo_interval: 30,
      noserverino: true,
      nobrl: true,
      mfsymlinks: true,
      noexec: false,
      read_only: true,
    },
  },
  http: {
    config: { base_url: 'https://files.example.com/a', auth_method: 'basic', username: 'reader' },
    others: {
      base_url: 'http://files.example.com/a',
      auth_method: 'bearer',
      username: 'writer',
      verify_ssl: false,
      ca_certificate: CERTIFICATE('A'),
      dir_cache_time: 60,
      uid: 1,
      gid: 1,
      umask: '077',
      noexec: false,
    },
  },
  s3: {
    config: { provider: 'Other', endpoint: 'https://s3.example.com', bucket: 'media', access_key_id: 'FAKEKEY' },
    others: {
      provider: 'Minio',
      endpoint: 'https://s3.example.org',
      region: 'eu-west-1',
      bucket: 'films',
      prefix: 'team',
      path_style: false,
      access_key_id: 'FAKEKEY2',
      ca_certificate: CERTIFICATE('A'),
      cdn_enabled: true,
      cdn_url: 'https://cdn.example.com',
      cache_mode: 'writes',
      cache_max_size: 134_217_728,
      cache_max_age: 60,
      write_back: 10,
      dir_cache_time: 10,
      uid: 1,
      gid: 1,
      umask: '077',
      noexec: false,
      read_only: true,
    },
  },
  'iscsi-lvm': {
    config: { portal: '192.0.2.1', target: 'iqn.2023-01.com.example:a', chap_enabled: true, chap_user: 'reader' },
    others: {
      portal: '192.0.2.2',
      target: 'iqn.2023-01.com.example:b',
      lun: 1,
      wwid: 'naa.60014050000000000000000000000001',
      volume_group: 'vg_san',
      provisioning: 'thick',
      chap_enabled: false,
      chap_user: 'writer',
      mutual_chap_enabled: true,
      mutual_chap_user: 'target',
      discovery_chap: 'same',
    },
  },
  'ceph-rbd': {
    config: { monitors: '192.0.2.1', pool: 'rbd' },
    others: {
      monitors: '192.0.2.1,192.0.2.2',
      pool: 'other',
      namespace: 'team',
      user: 'writer',
      cluster_id: '9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b11',
      secret_uuid: '9f1b6d54-7a2c-4c0a-8a58-1d2f0c9e4b12',
    },
  },
}

/** The keys that decide about the destination, of these settings. */
export const DECIDES: Record<string, string[]> = {
  cifs: ['port', 'seal', 'sec', 'server', 'smb_version'],
  http: ['base_url', 'ca_certificate', 'verify_ssl'],
  s3: ['ca_certificate', 'endpoint', 'path_style'],
  'iscsi-lvm': ['mutual_chap_enabled', 'portal', 'target'],
  'ceph-rbd': ['cluster_id', 'monitors'],
}

export const typesWithSecrets = DESCRIPTORS.filter((each) => Object.keys(each.secrets.shape).length > 0).map(
  ({ id }) => id,
)
