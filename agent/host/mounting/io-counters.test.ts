import { expect, it } from 'vitest'
import { parseBlockStat, parseMountstats } from './io-counters'

/** In the form of fs/nfs/super.c and net/sunrpc/stats.c (statvers 1.1); written by hand, as this kernel has no NFS. */
const MOUNTSTATS = `device /dev/vda mounted on / with fstype ext4
device nas:/export/old mounted on /mnt/my\\040share with fstype nfs4 statvers=1.1
	bytes:	1 1 1 1 1 1 1 1 
	per-op statistics
	        READ: 1 1 0 1 1 1 1 1 0
device nas:/export/media mounted on /mnt/my\\040share with fstype nfs4 statvers=1.1
	opts:	rw,vers=4.2,rsize=1048576,wsize=1048576,proto=tcp,timeo=600,retrans=2
	age:	3542
	events:	114 1579 5 3 132 20 3019 1 2 3 4 5 115 1 4 1 2 4 3 4 5 6 7 8 9 0 1 
	bytes:	9000 8000 0 0 700000 90000 170 22 
	RPC iostats version: 1.1  p/v: 100003/4 (nfs)
	xprt:	tcp 909 0 1 0 2 294 294 0 294 0 2 0 0
	per-op statistics
	        NULL: 1 1 0 44 24 0 2 2 0
	        READ: 10 10 0 2280 701000 5 200 250 0
	       WRITE: 5 5 0 91000 680 3 100 130 1
	    SEQUENCE: 4 4 0 600 400 0 8 8
device tmpfs mounted on /run with fstype tmpfs
`

it('reads what went over the line of the mount that is on top at a place', () => {
  expect(parseMountstats(MOUNTSTATS, '/mnt/my share')).toEqual({
    of: 'mount',
    readBytes: 700_000,
    writtenBytes: 90_000,
    operations: 20,
    waitedMs: 310,
  })
})

it.each([
  ['another place', MOUNTSTATS, '/mnt/my'],
  ['another type', MOUNTSTATS, '/run'],
  ['nothing', '', '/mnt/my share'],
  ['no bytes', MOUNTSTATS.replaceAll('bytes:', 'octets:'), '/mnt/my share'],
  ['fewer bytes', MOUNTSTATS.replaceAll(/bytes:.*$/gm, 'bytes:\t1 2 3'), '/mnt/my share'],
  ['no operations', MOUNTSTATS.replaceAll('per-op statistics', ''), '/mnt/my share'],
])('knows nothing of %s', (_name, text, target) => {
  expect(parseMountstats(text, target)).toBeNull()
})

it('reads the counters of a disk, of older kernels too, and nothing else', () => {
  const counted = { of: 'disk', readBytes: 512_000, writtenBytes: 1_024_000, operations: 30, waitedMs: 70 }
  expect(
    parseBlockStat('      10        2     1000       20       20        3     2000       50  0  60  70\n'),
  ).toEqual(counted)
  expect(parseBlockStat('10 2 1000 20 20 3 2000 50 0 60 70 1 0 5 5 2 1')).toEqual(counted)
  for (const text of ['', '10 2 1000', '10 2 1000 x 20 3 2000 50 0 60 70', '-1 2 1000 20 20 3 2000 50 0 60 70'])
    expect(parseBlockStat(text)).toBeNull()
})
