#!/bin/bash
# Archives the files of the database in /var/lib/mysql as /backup/RUN.tar.gz, ready for a server.
set -euo pipefail
umask 077
password=$(cat /run/secrets/root-password)
file=/backup/$SHIPBELL_RUN.tar.gz
work=/backup/$SHIPBELL_RUN.work
trap 'rm -rf "$work" "$work.log" "$file.part"' EXIT
mkdir "$work"

# Its output is long, and only interesting if it fails.
backup() {
  mariadb-backup "$@" --target-dir="$work" >"$work.log" 2>&1 || { tail -n 20 "$work.log" >&2; return 1; }
}
# Copies the files together with the log of what is written meanwhile; then applies the log to the copies.
backup --backup --host=mysql --user=root --password="$password"
backup --prepare

tar -C "$work" -czf "$file.part" .
mv "$file.part" "$file"
find /backup -maxdepth 1 -name 'mysql-archive-*' -mtime +14 -delete
echo "$file: $(stat -c %s "$file") bytes"
