import { defineDriver } from '@/lib/drivers/contract/descriptor'
import { MOUNT_FIELDS, OWNER_FIELDS } from '@/lib/drivers/options/mount-fields'
import { checkS3, effectiveEndpoint, publicUrl, S3Config, S3Secrets, s3Servers } from '@/lib/drivers/s3/config'
import { takeS3Apart } from '@/lib/drivers/s3/pasted'
import { problems } from '@/lib/drivers/s3/problems'
import { s3Mounting } from '@/lib/drivers/s3/rclone-mount'
import { s3RcloneRemotes } from '@/lib/drivers/s3/rclone-remotes'
import { s3Wolfstack } from '@/lib/drivers/s3/wolfstack'

export const s3 = defineDriver({
  id: 's3',
  title: 'S3',
  summary: 'a bucket at a cloud provider or on your own object store',
  access: 'object',
  config: S3Config,
  secrets: S3Secrets,
  takeApart: takeS3Apart,
  fixedAfterCreate: {
    bucket: 'Another bucket is another storage: create a new backend for it.',
    prefix: 'Another prefix is another storage: create a new backend for it.',
  },
  overridable: [
    'endpoint',
    'path_style',
    'ca_certificate',
    'cache_mode',
    'cache_max_size',
    'cache_max_age',
    'write_back',
    'dir_cache_time',
    'umask',
    'noexec',
  ],
  // Without an endpoint, provider and region say where the server is; without path style, the bucket is part of its name.
  destination: {
    endpoint: true,
    ca_certificate: true,
    path_style: true,
    provider: (config) => config.endpoint === undefined,
    region: (config) => config.endpoint === undefined,
    bucket: (config) => config.path_style === false,
  },
  fields: {
    provider: {
      label: 'Provider',
      group: 'essential',
      control: 'select',
      choices: {
        AWS: 'Amazon S3',
        Ceph: 'Ceph object gateway',
        Minio: 'MinIO',
        Wasabi: 'Wasabi',
        Cloudflare: 'Cloudflare R2',
        BackblazeB2: 'Backblaze B2',
        DigitalOcean: 'DigitalOcean Spaces',
        Other: 'Another S3 server',
      },
    },
    endpoint: {
      label: 'Endpoint',
      help: 'Address of the S3 server, without the bucket. May stay empty where the region is enough.',
      placeholder: 'https://s3.example.com',
      group: 'essential',
      control: 'text',
    },
    region: {
      label: 'Region',
      help: 'As the provider calls it. Servers of your own usually take any.',
      placeholder: 'eu-west-1',
      group: 'essential',
      control: 'text',
      visibleWhen: {
        field: 'provider',
        is: ['AWS', 'Ceph', 'Minio', 'Wasabi', 'BackblazeB2', 'DigitalOcean', 'Other'],
      },
    },
    bucket: {
      label: 'Bucket',
      help: 'It must exist already.',
      placeholder: 'media',
      group: 'essential',
      control: 'text',
      optionsFrom: 'buckets',
    },
    prefix: {
      label: 'Prefix',
      help: 'Show only this folder of the bucket.',
      placeholder: 'team-a/videos',
      group: 'advanced',
      control: 'text',
    },
    access_key_id: { label: 'Access key id', group: 'credentials', control: 'text' },
    secret_access_key: {
      label: 'Secret access key',
      help: 'Stored sealed and never shown again.',
      group: 'credentials',
      control: 'password',
    },
    path_style: {
      label: 'Path style',
      help: 'Address the bucket as server/bucket instead of bucket.server. Most servers of your own need it.',
      group: 'advanced',
      control: 'switch',
    },
    ca_certificate: {
      label: 'Certificate authority',
      help: 'PEM certificate of the authority that signed the server certificate, if it is your own.',
      placeholder: '-----BEGIN CERTIFICATE-----',
      group: 'advanced',
      control: 'multiline',
    },
    cdn_enabled: { label: 'Public links through a CDN', group: 'advanced', control: 'switch' },
    cdn_url: {
      label: 'CDN address',
      placeholder: 'https://cdn.example.com',
      group: 'advanced',
      control: 'text',
      visibleWhen: { field: 'cdn_enabled', is: [true] },
    },
    cache_mode: {
      label: 'Local cache',
      help: 'Writes always go through the cache and are uploaded after the file is closed.',
      group: 'advanced',
      control: 'select',
      choices: { full: 'Reads and writes', writes: 'Writes only' },
    },
    cache_max_size: {
      label: 'Cache size',
      help: 'Disk space for the cache on each host. Files that are open or not uploaded yet may exceed it.',
      group: 'advanced',
      control: 'size',
    },
    cache_max_age: {
      label: 'Cache age',
      help: 'Seconds until an unused file leaves the cache.',
      group: 'advanced',
      control: 'number',
    },
    write_back: {
      label: 'Upload delay',
      help: 'Seconds between closing a file and its upload.',
      group: 'advanced',
      control: 'number',
    },
    dir_cache_time: {
      label: 'Listing age',
      help: 'Seconds until changes made elsewhere show up.',
      group: 'advanced',
      control: 'number',
    },
    ...OWNER_FIELDS,
    umask: {
      label: 'Umask',
      help: 'Permissions taken away: 022 lets only the owner write.',
      group: 'advanced',
      control: 'text',
    },
    ...MOUNT_FIELDS,
  },
  capabilities: ['mount', 'usage', 'discover'],
  discoveries: { buckets: 'Look for buckets' },
  scope: 'fleet',
  hostFileSystems: { fuse: 'fuse' },
  hostCommands: ['mount', 'umount', 'rclone', 'fusermount3'],
  servers: s3Servers,
  publicUrl,
  problems,
  describeSource: (config) => {
    const server = effectiveEndpoint(config)?.replace(/^https?:\/\//, '') ?? config.provider
    return `${server}/${config.bucket}${config.prefix === undefined ? '' : `/${config.prefix}`}`
  },
  mounting: s3Mounting,
  existingMounts: {
    fsTypes: ['fuse.rclone', 'rclone'],
    read: () => ({
      reason:
        'An rclone mount belongs to the process that serves it. Import its rclone.conf on the page of backends instead.',
      isForeign: true,
    }),
  },
  rcloneRemotes: s3RcloneRemotes,
  wolfstack: s3Wolfstack,
  check: checkS3,
})
