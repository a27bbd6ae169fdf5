import type { Problem } from '@/lib/drivers/problems/definition'

/** What can be wrong with an S3 bucket. */
export const problems = {
  's3.no_secret': {
    title: 'The secret key is not set',
    advice: 'Enter the secret access key that belongs to the access key id.',
    code: 'credentials_rejected',
  },
  's3.wrong_secret': {
    title: 'The secret key is wrong',
    advice:
      'The server knows the access key id, but the secret does not fit: enter it again, without spaces around it. If it is right, a proxy in between changes the path or the header Host.',
    code: 'credentials_rejected',
  },
  's3.unknown_key': {
    title: 'The access key is not known',
    advice:
      'The server does not know this access key id: check it, and that it was made for this provider and account.',
    code: 'credentials_rejected',
  },
  's3.key_malformed': {
    title: 'The access key has the wrong form',
    advice:
      'Check that access key id and secret were not swapped or cut, and that they are S3 keys and not an API token.',
    code: 'credentials_rejected',
  },
  's3.key_expired': {
    title: 'The access key has expired or was switched off',
    advice: 'Make a new key at the provider and enter it here.',
    code: 'credentials_rejected',
  },
  's3.temporary_key': {
    title: 'The access key is a temporary one',
    advice:
      'Amazon gives those out with a session token, and they end within hours: use the lasting access key of a user, whose id begins with AKIA.',
    code: 'credentials_rejected',
  },
  's3.denied': {
    title: 'The key may not do this',
    advice:
      'The key is valid, but its policy does not allow it on ["{bucket}"|the bucket]: it needs listing, reading, writing and deleting.',
    code: 'credentials_rejected',
  },
  's3.refused': {
    title: 'The server refuses the key or what it is to do',
    advice:
      '[It answered with "{s3code}" and|It] does not say which: check access key id and secret, that both are of this provider and account, and that the key may list, read, write and delete in ["{bucket}"|the bucket].',
    code: 'credentials_rejected',
  },
  's3.locked_out': {
    title: 'The account is locked for a while',
    advice:
      'There were too many attempts with wrong keys: correct the key wherever it is used, and test again in some minutes.',
    code: 'credentials_rejected',
  },
  's3.no_keys_set_up': {
    title: 'The server has no access keys',
    advice:
      'SeaweedFS was started without any: give it identities ("weed s3 -config=…"), then use the key of one of them here.',
    code: 'credentials_rejected',
  },
  's3.kms': {
    title: 'The key may not use the encryption key of the bucket',
    advice:
      'Objects are encrypted with a key of the key service (KMS): allow this access key to encrypt and decrypt with it.',
    code: 'credentials_rejected',
  },
  's3.no_bucket': {
    title: 'The bucket does not exist',
    advice: 'Check the name ["{bucket}"|of the bucket] and the endpoint, or create the bucket first.',
    code: 'backend_unreachable',
  },
  's3.wrong_region': {
    title: 'The bucket is in another region',
    advice:
      'Enter [the region {region}|the region in which the bucket was created].[ The server knows these: {choices}.]',
    code: 'invalid_input',
  },
  's3.wrong_endpoint': {
    title: 'The bucket has another address',
    advice:
      'The server points elsewhere: enter [the region {region} and its endpoint|the endpoint of the region in which the bucket was created][, {location}].',
    code: 'invalid_input',
  },
  's3.use_https': {
    title: 'The server wants https',
    advice:
      'It takes no http here: enter [{location}|the address with https://] as the endpoint. Redirects are not followed, since a signature holds for one address only.',
    command: 'curl -sI {endpoint}',
    code: 'invalid_input',
  },
  's3.redirected': {
    title: 'The server sends elsewhere',
    advice:
      '[It answered {status} and points to {location}|It points to another address]: enter that as the endpoint if the S3 API is there. Redirects are not followed, since a signature holds for one address only.',
    command: 'curl -sI {endpoint}',
    code: 'invalid_input',
  },
  's3.blocked': {
    title: 'Something in front of the S3 service refuses',
    advice:
      'A proxy, firewall or sign-in page answered[ ({status})], not S3: let requests of this host pass it, or enter the address of the S3 API behind it.',
    command: 'curl -si {endpoint}',
    code: 'backend_unreachable',
  },
  's3.gateway': {
    title: 'A proxy does not reach the S3 server',
    advice:
      'The proxy at [{endpoint}|this address] answers[ {status}], but not the server behind it: start that, and look at the log of the proxy.',
    command: 'curl -sI {endpoint}',
    code: 'backend_unreachable',
  },
  's3.host_style': {
    title: 'The bucket must be part of the host name',
    advice: 'This provider takes no path style: switch path style off.',
    code: 'invalid_input',
  },
  's3.signature_version': {
    title: 'The server does not take the signature',
    advice:
      'Requests are signed with version 4 (AWS4-HMAC-SHA256). If the server asks for just that, a proxy in between takes away or changes headers: let Authorization, Host and x-amz-… pass as they are. If it only knows version 2, bring it up to date.',
    code: 'unsupported',
  },
  's3.account': {
    title: 'The account at the provider is not usable',
    advice:
      'It is suspended, not signed up for this service, or has a bill to pay: sign in at the console of the provider, which says more.',
    code: 'credentials_rejected',
  },
  's3.cap': {
    title: 'A limit of the account is reached',
    advice: 'Raise the caps for storage, downloads or requests at the provider, or wait until they start anew.',
    code: 'backend_unreachable',
  },
  's3.requester_pays': {
    title: 'Whoever reads the bucket must pay',
    advice:
      'Buckets with "requester pays" are not supported: use a key of their owner, or switch it off at the bucket.',
    code: 'unsupported',
  },
  's3.own_key': {
    title: 'Files are encrypted with a key of your own',
    advice: 'Keys that are sent with each request (SSE-C) are not supported: let the provider keep the key.',
    code: 'unsupported',
  },
  's3.azure_blob': {
    title: 'This is Azure Blob Storage',
    advice: 'It does not speak S3: enter the address of a gateway that does, such as s3proxy, with the keys of that.',
    code: 'unsupported',
  },
  's3.prefix_too_long': {
    title: 'The name of a file is not possible there',
    advice: 'The server takes no such long or unusual names: choose a shorter prefix.',
    code: 'invalid_input',
  },
  's3.clock': {
    title: 'The clock of this host is wrong',
    advice:
      'S3 refuses signatures that are more than 15 minutes off: set the clock of the host, best with chrony or systemd-timesyncd.',
    command: 'timedatectl',
    code: 'backend_unreachable',
  },
  's3.busy': {
    title: 'The server asks to slow down',
    advice: 'It is overloaded or limits requests; try again in a while.',
    code: 'backend_unreachable',
  },
  's3.server_error': {
    title: 'The S3 server failed',
    advice: 'It answered with an error of its own[ ({status})]; look at its log, then test again.',
    code: 'backend_unreachable',
  },
  's3.not_s3': {
    title: 'This is not the S3 service',
    advice:
      'A web page or another service answers at [{endpoint}|this address]: enter the address of the S3 API, often another port or host name than the console.',
    command: 'curl -sI {endpoint}',
    code: 'backend_unreachable',
  },
  's3.console_port': {
    title: 'This is the port of the console',
    advice:
      'MinIO takes S3 requests at another port than its web console: enter the address with the API port, [{location} unless it was changed|which is 9000 unless it was changed].',
    command: 'curl -sI {endpoint}',
    code: 'invalid_input',
  },
  's3.unexpected': {
    title: 'The server refused the request',
    advice:
      '[It answered with "{s3code}", which Holdfast has no advice for|Holdfast has no advice for its answer]; the documentation of the provider explains it.',
    code: 'backend_unreachable',
  },
  's3.plain_http': {
    title: 'The connection is not encrypted',
    advice: 'Requests are signed, but everyone on the way can read the data: use https:// where the server offers it.',
    code: 'backend_unreachable',
  },
  's3.uploads_pending': {
    title: 'Uploads are still waiting',
    detail: 'Files that are not in the bucket yet: {files}.',
    advice: 'Wait until they are uploaded, then unmount; nothing is lost meanwhile.',
    code: 'busy',
  },
  's3.queue_unknown': {
    title: 'The upload queue cannot be read',
    advice:
      'It is not known whether uploads are waiting, so nothing is unmounted. Look at the log of rclone, then try again.',
    code: 'busy',
  },
} as const satisfies Record<string, Problem>
