#!/bin/bash
# smbd, SMB 2 and 3, one share for one user.
set -euo pipefail

cat >/etc/samba/smb.conf <<CONF
[global]
server role = standalone server
map to guest = never
server min protocol = SMB2
disable netbios = yes
smb ports = $LAB_SMB_PORT
load printers = no
printcap name = /dev/null

[$LAB_SMB_SHARE]
path = /srv/smb
read only = no
valid users = $LAB_SMB_USER
CONF

mkdir -p /srv/smb
id "$LAB_SMB_USER" >/dev/null 2>&1 || useradd -M -s /usr/sbin/nologin "$LAB_SMB_USER"
chown "$LAB_SMB_USER" /srv/smb
printf '%s\n%s\n' "$LAB_SMB_PASSWORD" "$LAB_SMB_PASSWORD" | smbpasswd -s -a "$LAB_SMB_USER" >/dev/null
systemctl start smbd
