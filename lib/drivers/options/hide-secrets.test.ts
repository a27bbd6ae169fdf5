import { expect, test } from 'vitest'
import { splitOptions, tellOptions, tellSource } from '@/lib/drivers/options/hide-secrets'

test.each([
  [
    'a comma in a password',
    'username=bob,password=F4ke)yu9,hTail7,dir_mode=0777',
    'username=bob,password=***,***,dir_mode=0777',
  ],
  ['and something that looks like an option in it', 'pass=a,hT=ail,uid=1000', 'pass=***,***,uid=1000'],
  ['quotes around it', 'password="a,b",uid=0', 'password=***,uid=0'],
  ['quotes that do not close', 'password=a"b,tail,ro', 'password=***,***,ro'],
  ['a backslash before the comma', 'password=a\\,b,ro', 'password=***,ro'],
  ['a name with its password', 'user=bob%x,tail,soft', 'user=bob,***,soft'],
  ['a name with its password, as curlftpfs takes it', 'user=bob:x,tail,uid=0', 'user=bob,***,uid=0'],
  ['a name of a domain', 'username=DOM\\bob b@x.example,uid=0', 'username=DOM\\bob b@x.example,uid=0'],
  ['a comment', 'rw,comment=old password is x,y,noatime', 'rw,comment=***,***,noatime'],
  ['the old way to an automount', 'noauto,comment=systemd.automount,ro', 'noauto,comment=systemd.automount,ro'],
  ['a new option', 'rw,brandnew,brand=new', 'rw,brandnew,brand=***'],
  ['a slip of the pen', 'username=bob,password:F4ke,tail', 'username=bob,***,***'],
  ['a separator of its own', 'sep=;user=bob;password=x,tail', 'sep=***,***'],
  ['a value that does not look like one', 'vers=hunter-two!,uid=bob', 'vers=***,uid=bob'],
  ['a command with a password', 'ssh_command=sshpass -p x ssh,reconnect', 'ssh_command=***,reconnect'],
  ['a key that is no file', 'credentials=bob:x', 'credentials=***'],
  ['a label', 'context="system_u:object_r:nfs_t:s0:c1,c2",ro', 'context="system_u:object_r:nfs_t:s0:c1,c2",ro'],
  [
    'what systemd reads',
    'x-systemd.requires=wg-quick@wg0.service,x-systemd.idle-timeout=5min',
    'x-systemd.requires=wg-quick@wg0.service,x-systemd.idle-timeout=5min',
  ],
])('tells options with %s', (_case, text, told) => {
  expect(tellOptions(splitOptions(text)).join(',')).toBe(told)
})

test.each([
  ['nfs', 'nas:/volume1/@home', 'nas:/volume1/@home'],
  ['nfs4', '[fd00::2]:/a', '[fd00::2]:/a'],
  ['cifs', '//nas/@home/x', '//nas/@home/x'],
  ['cifs', '//bob:p/w@nas/share', '//***@nas/share'],
  ['cifs', '\\\\nas\\share', '\\\\nas\\share'],
  ['fuse.sshfs', 'u@192.0.2.3:/srv', 'u@192.0.2.3:/srv'],
  ['fuse.sshfs', 'u@h.example:/srv/@home', 'u@h.example:/srv/@home'],
  ['fuse.sshfs', 'u:pw:@x@h.example:/srv', 'u:***@h.example:/srv'],
  ['fuse', 'sshfs#r@h.example:/b', 'sshfs#r@h.example:/b'],
  ['fuse', 'curlftpfs#ftp://u:pw@h/x', 'curlftpfs#ftp://u:***@h/x'],
  ['davfs', 'https://u:p/w@dav.example/a', 'https://u:***@dav.example/a'],
  ['davfs', 'https://TOKEN@dav.example/a', 'https://***@dav.example/a'],
  ['davfs', 'https://dav.example/@home', 'https://dav.example/@home'],
  ['davfs', 'https://dav.example/a?sig=x', 'https://dav.example/a?***'],
  ['ceph', 'admin@.fs=/', 'admin@.fs=/'],
  ['ceph', 'mon1:6789,mon2:6789:/', 'mon1:6789,mon2:6789:/'],
  ['lustre', '10.0.0.1@tcp:10.0.0.2@tcp:/fs', '10.0.0.1@tcp:10.0.0.2@tcp:/fs'],
  ['fuse.rclone', ':s3,access_key_id=a,secret_access_key=b:films', ':s3***'],
  ['fuse.juicefs', 'redis://:pw@h:6379/1', 'redis://:***@h:6379/1'],
  ['fuse.mergerfs', '/mnt/a:/mnt/b', '/mnt/a:/mnt/b'],
])('tells the source of %s %s', (fsType, source, told) => {
  expect(tellSource(source, fsType)).toBe(told)
})
