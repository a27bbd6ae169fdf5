/**
 * Everything a test needs to know about the lab's servers. It is the only place: provisioning receives the same values
 * as environment variables (`nfs.exports.readWrite` becomes `LAB_NFS_EXPORTS_READ_WRITE`).
 * The secrets open nothing outside the lab.
 */
export const labFacts = {
  /** Guest 1, as the host guest sees it. */
  servers: { address: '10.77.0.1', name: 'lab-servers' },
  /** Guest 2. */
  host: { address: '10.77.0.2', name: 'lab-host' },
  /** Guest 3, only there when a test asks for it. */
  secondHost: { address: '10.77.0.3', name: 'lab-host2' },
  /** In the lab's network, and nobody is there: no route to host. */
  nobody: { address: '10.77.0.99', name: 'no-such-name.lab.invalid' },
  nfs: {
    port: 2049,
    /** The same paths serve NFS 3 and 4. Each holds a file `hello` with the text `hello from <export>`. */
    exports: {
      /** Read and write, no_root_squash. */
      readWrite: '/srv/nfs/rw',
      /** A second one like it, to keep while the first is in trouble. */
      second: '/srv/nfs/second',
      /** Read only on the server's side. */
      readOnly: '/srv/nfs/ro',
      /** root_squash over a directory of mode 0700: it mounts, and root of the host may do nothing in it. */
      denied: '/srv/nfs/denied',
      /** Exported to an address that is not the host's: the mount itself is refused. */
      elsewhere: '/srv/nfs/elsewhere',
      /** A file system of 16 MiB, for "disk full". */
      small: '/srv/nfs/small',
    },
    /** Not exported to anyone, and does not exist. */
    missing: '/srv/nfs/missing',
  },
  s3: {
    port: 7480,
    endpoint: 'http://10.77.0.1:7480',
    /** radosgw answers 403 SignatureDoesNotMatch to a wrong secret key and 403 InvalidAccessKeyId to an unknown access key. */
    accessKey: 'AKLAB',
    secretKey: 'SKLAB-not-a-real-secret',
    wrongSecretKey: 'SKLAB-wrong',
    unknownAccessKey: 'AKNOBODY',
    buckets: {
      /** Holds `hello.txt` and `folder/inside.txt`. */
      full: 'lab-bucket',
      empty: 'lab-empty',
      /** Someone else's: 403 AccessDenied with the right keys. */
      foreign: 'lab-foreign',
    },
    missing: 'lab-missing',
    /** Owner of the foreign bucket. */
    foreignAccessKey: 'AKFOREIGN',
    foreignSecretKey: 'SKFOREIGN-not-a-real-secret',
  },
  smb: {
    port: 445,
    user: 'alice',
    password: 'not-a-real-secret',
    wrongPassword: 'not-a-real-secret-either',
    /** Writable for the user. Each share holds a file `hello` with the text `hello from <share>`, and a folder `inside` with another. */
    share: 'share',
    /** A share with a space in its name, for the user and read only. */
    readOnly: 'read only',
    /** For everybody without a password. */
    public: 'public',
    /** For another user: signing in works, the share does not open. */
    foreign: 'foreign',
    /** A file system of 16 MiB, for "disk full". */
    small: 'small',
    missing: 'missing',
    /** A user whose password has everything that upsets option strings and files. */
    odd: { user: 'bob', password: 'o,dd "p=ss; %wörd\\ #1' },
    /** The right password, but the account is switched off. */
    disabled: { user: 'carol', password: 'not-a-real-secret' },
  },
  http: {
    port: 8080,
    /** TLS with a certificate that no public authority has signed; it lies in /etc/nginx/lab.pem. */
    tlsPort: 8444,
    user: 'reader',
    password: 'not-a-real-secret',
    token: 'not-a-real-token',
    paths: {
      /** A listing with `hello.txt` and the folder `inside`; open to everybody. */
      files: '/files/',
      /** The same files behind a user and password. */
      basic: '/basic/',
      /** The same files behind a token. */
      bearer: '/bearer/',
      /** Answers HEAD with 405. */
      noHead: '/no-head/',
      /** A page without links. */
      page: '/page/',
      forbidden: '/forbidden/',
      missing: '/missing/',
      /** Answers 503. */
      broken: '/broken/',
      /** Sends to another host. */
      away: '/away/',
      /** A listing whose file sends to another host. */
      trap: '/trap/',
    },
  },
  iscsi: {
    port: 3260,
    target: 'iqn.2026-01.com.lab:t1',
    /** The only initiator name that may log in. */
    initiator: 'iqn.2026-01.com.lab:client',
    chapUser: 'labuser',
    chapPassword: 'not-a-real-pw',
    /** How the target proves itself, where the initiator asks for it. */
    mutualUser: 'labtarget',
    mutualPassword: 'not-a-real-proof',
    /** The LUN is a file at the servers; LIO names it after this. */
    backing: '/srv/iscsi/lun0.img',
  },
  ceph: { pool: 'rbd', monitor: '10.77.0.1:6789' },
} as const

export type LabFacts = typeof labFacts
