#!/bin/bash
# nginx: one folder of files behind every kind of door. What each path is for is said in the facts.
set -euo pipefail
host=10.77.0.1
elsewhere=10.77.0.2

mkdir -p /srv/http/files/inside /srv/http/trap
echo 'hello over HTTP' >/srv/http/files/hello.txt
echo 'hello from inside' >/srv/http/files/inside/hello.txt
echo 'never served' >/srv/http/trap/secret.txt
printf '%s:%s\n' "$LAB_HTTP_USER" "$(openssl passwd -6 "$LAB_HTTP_PASSWORD")" >/etc/nginx/lab.htpasswd
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=$host" -addext "subjectAltName=IP:$host" \
  -keyout /etc/nginx/lab.key -out /etc/nginx/lab.pem 2>/dev/null

cat >/etc/nginx/sites-enabled/default <<CONF
server {
  listen $LAB_HTTP_PORT;
  listen $LAB_HTTP_TLS_PORT ssl;
  ssl_certificate /etc/nginx/lab.pem;
  ssl_certificate_key /etc/nginx/lab.key;
  autoindex on;

  location $LAB_HTTP_PATHS_FILES { alias /srv/http/files/; }
  location $LAB_HTTP_PATHS_BASIC {
    alias /srv/http/files/;
    auth_basic "the lab";
    auth_basic_user_file /etc/nginx/lab.htpasswd;
  }
  location $LAB_HTTP_PATHS_BEARER {
    alias /srv/http/files/;
    if (\$http_authorization != "Bearer $LAB_HTTP_TOKEN") { return 401; }
  }
  location $LAB_HTTP_PATHS_NO_HEAD {
    alias /srv/http/files/;
    if (\$request_method = HEAD) { return 405; }
  }
  location $LAB_HTTP_PATHS_PAGE { default_type text/html; return 200 "<html><body>Nothing to see</body></html>"; }
  location $LAB_HTTP_PATHS_FORBIDDEN { return 403; }
  location $LAB_HTTP_PATHS_MISSING { return 404; }
  location $LAB_HTTP_PATHS_BROKEN { return 503; }
  location $LAB_HTTP_PATHS_AWAY { return 302 http://$elsewhere$LAB_HTTP_PATHS_FILES; }
  location $LAB_HTTP_PATHS_TRAP { alias /srv/http/trap/; }
  location ${LAB_HTTP_PATHS_TRAP}secret.txt { return 302 http://169.254.169.254/latest/meta-data; }
}
CONF
systemctl start nginx
