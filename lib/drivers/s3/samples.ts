import {
  type DriverSamples,
  MOUNT_LAYERS,
  type SampleBackend,
  sampleCertificate,
  serverLayers,
  TIMED_OUT,
} from '@/lib/drivers/contract/samples'
import { bracketed } from '@/lib/drivers/grammar'

function bucketAt(name: string, endpoint: string, bucket: string): SampleBackend {
  const keys = { access_key_id: 'DEMOKEY0000000000001', secret_access_key: 'demo-not-a-real-secret' }
  return { name, config: { provider: 'Other', endpoint, bucket, ...keys }, size: null }
}

export const samples: DriverSamples = {
  backends: [
    bucketAt('objects-backups', 'https://s3.fra1.example.net', 'backups'),
    bucketAt('objects-uploads', 'https://s3.ams2.example.net', 'media-uploads'),
    bucketAt('objects-logs', 'https://logs.example.net', 'logs'),
  ],
  simulated: {
    port: 443,
    layers: [
      ...serverLayers(443, 'S3 service'),
      { id: 'authentication', title: 'Access key' },
      { id: 'target', title: 'Bucket' },
      ...MOUNT_LAYERS,
    ],
    dead: TIMED_OUT,
    denied: { at: 'authentication', problem: 's3.wrong_secret' },
    choices: { buckets: ['backups', 'logs', 'media-uploads'] },
  },
  network: {
    at: (server, port) => ({
      config: { endpoint: `http://${bracketed(server)}:${port}`, bucket: 'media', access_key_id: 'AKEXAMPLE' },
      secrets: { secret_access_key: 'not-a-real-secret' },
    }),
    tools: { rclone: 'rclone v1.60.1-DEV\n', fusermount3: '' },
  },
  secrets: {
    config: { provider: 'Other', endpoint: 'https://s3.example.com', bucket: 'media', access_key_id: 'FAKEKEY' },
    secrets: { secret_access_key: 'not-a-real-secret' },
    others: {
      provider: 'Minio',
      endpoint: 'https://s3.example.org',
      region: 'eu-west-1',
      bucket: 'films',
      prefix: 'team',
      path_style: false,
      access_key_id: 'FAKEKEY2',
      ca_certificate: sampleCertificate('A'),
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
    companions: { cdn_enabled: { cdn_url: 'https://cdn.example.com' } },
    decides: ['ca_certificate', 'endpoint', 'path_style'],
  },
}
