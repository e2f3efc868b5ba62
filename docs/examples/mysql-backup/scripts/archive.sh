#!/bin/bash
# Archives the files of the database, which are in /var/lib/mysql, as /backup/RUN.tar.gz, ready to be served again.
set -euo pipefail
umask 077
password=$(cat /run/secrets/root-password)
file=/backup/$SHIPBELL_RUN.tar.gz
work=/backup/$SHIPBELL_RUN.work
trap 'rm -rf "$work" "$work.log" "$file.part"' EXIT
mkdir "$work"

# What it says is long, and of interest only when it fails.
backup() {
  mariadb-backup "$@" --target-dir="$work" >"$work.log" 2>&1 || { tail -n 20 "$work.log" >&2; return 1; }
}
# Copies the files, and with them the log of what is written meanwhile; then puts that into the copies.
backup --backup --host=mysql --user=root --password="$password"
backup --prepare

tar -C "$work" -czf "$file.part" .
mv "$file.part" "$file"
find /backup -maxdepth 1 -name 'mysql-archive-*' -mtime +14 -delete
echo "$file: $(stat -c %s "$file") bytes"
