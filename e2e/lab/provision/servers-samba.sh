#!/bin/bash
# smbd, SMB 2 and 3. What each share and user is for is said in the facts.
set -euo pipefail

cat >/etc/samba/smb.conf <<CONF
[global]
server role = standalone server
map to guest = bad user
server min protocol = SMB2_02
disable netbios = yes
smb ports = $LAB_SMB_PORT
load printers = no
printcap name = /dev/null
include = /etc/samba/lab.conf

[$LAB_SMB_SHARE]
comment = Everything | and more
path = /srv/smb/share
read only = no
valid users = $LAB_SMB_USER, $LAB_SMB_ODD_USER

[$LAB_SMB_READ_ONLY]
path = /srv/smb/read-only
valid users = $LAB_SMB_USER

[$LAB_SMB_PUBLIC]
path = /srv/smb/public
guest ok = yes
guest only = yes
read only = no

[$LAB_SMB_FOREIGN]
path = /srv/smb/foreign
valid users = $LAB_SMB_ODD_USER

[$LAB_SMB_SMALL]
path = /srv/smb/small
read only = no
valid users = $LAB_SMB_USER
CONF
# A test writes settings here, to be another kind of server for a while.
: >/etc/samba/lab.conf

mkdir -p /srv/smb/small
truncate -s 16M /srv/smb.img
mke2fs -q -t ext4 -O ^has_journal -m 0 /srv/smb.img
mount -o loop /srv/smb.img /srv/smb/small
rmdir /srv/smb/small/lost+found

account() {
  id "$1" >/dev/null 2>&1 || useradd -M -s /usr/sbin/nologin "$1"
  printf '%s\n%s\n' "$2" "$2" | smbpasswd -s -a "$1" >/dev/null
}
account "$LAB_SMB_USER" "$LAB_SMB_PASSWORD"
account "$LAB_SMB_ODD_USER" "$LAB_SMB_ODD_PASSWORD"
account "$LAB_SMB_DISABLED_USER" "$LAB_SMB_DISABLED_PASSWORD"
smbpasswd -d "$LAB_SMB_DISABLED_USER" >/dev/null

fill() {
  mkdir -p "/srv/smb/$1/inside"
  echo "hello from $2" >"/srv/smb/$1/hello"
  echo "hello from inside" >"/srv/smb/$1/inside/hello"
  chown -R "$3" "/srv/smb/$1"
}
fill share "$LAB_SMB_SHARE" "$LAB_SMB_USER"
fill read-only "$LAB_SMB_READ_ONLY" "$LAB_SMB_USER"
fill public "$LAB_SMB_PUBLIC" nobody
fill foreign "$LAB_SMB_FOREIGN" "$LAB_SMB_ODD_USER"
fill small "$LAB_SMB_SMALL" "$LAB_SMB_USER"
chmod 0777 /srv/smb/share
systemctl start smbd
