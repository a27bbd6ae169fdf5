const EFS = 'Without encryption on the way, its mount target can be had as NFS 4.1 under its full name'
const S3 = 'Make a backend of type S3 with the same bucket instead'

/** Storage of types that Holdfast has not, by the names in mountinfo and fstab, and what to do instead where there is something. */
const OTHER_TYPES: Readonly<Record<string, string | null>> = {
  '9p': null,
  afs: null,
  'alluxio-fuse': null,
  aznfs: null,
  beegfs: null,
  bindfs: null,
  blobfuse: null,
  blobfuse2: null,
  ceph: null,
  coda: null,
  cosfs: S3,
  curlftpfs: null,
  cvmfs: null,
  davfs: null,
  drvfs: null,
  efs: EFS,
  fuse: null,
  fuse3: null,
  gcsfuse: S3,
  geesefs: S3,
  gfs2: null,
  glusterfs: null,
  goofys: S3,
  gpfs: null,
  ibmshare: null,
  juicefs: null,
  kafs: null,
  lizardfs: null,
  ltfs: null,
  lustre: null,
  mergerfs: null,
  mfs: null,
  moosefs: null,
  'mount-s3': S3,
  ncpfs: null,
  obsfs: S3,
  ocfs2: null,
  orangefs: null,
  ossfs: S3,
  panfs: null,
  prl_fs: null,
  pvfs2: null,
  quobyte: null,
  rozofs: null,
  s3fs: S3,
  s3ql: null,
  saunafs: null,
  smbfs: 'The kernel has had no smbfs for years: write cifs in its place',
  sshfs: null,
  unionfs: null,
  vboxsf: null,
  virtiofs: null,
  vmhgfs: null,
  wekafs: null,
  xtreemfs: null,
  zfs: null,
}

/** FUSE file systems of desktops, of containers and of disks: nobody looks for them among storage. */
const OWN_FUSE: ReadonlySet<string> = new Set([
  'gvfsd-fuse',
  'portal',
  'lxcfs',
  'snapfuse',
  'squashfuse',
  'ntfs-3g',
  'ntfs',
  'exfat',
  'fuse-overlayfs',
  'vmware-vmblk',
  'AppImage',
])

/** Is it storage that no type of ours reads, and that people expect to see all the same? */
export function isOtherStorage(fsType: string): boolean {
  if (Object.hasOwn(OTHER_TYPES, fsType)) return true
  const [, program] = /^fuse[.]([\w.-]{1,40})$/.exec(fsType) ?? []
  return program !== undefined && !OWN_FUSE.has(program) && !program.endsWith('.AppImage')
}

/** Why it is not taken over, and what to do instead. */
export function whyOther(fsType: string): string {
  const program = fsType.replace(/^fuse[.]/, '')
  const instead = Object.hasOwn(OTHER_TYPES, program) ? OTHER_TYPES[program] : null
  return `Holdfast has no storage type for ${fsType.slice(0, 60)}, so it stays as it is.${instead ? ` ${instead}.` : ''}`
}
