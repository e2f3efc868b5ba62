#!/bin/bash
# Dumps the databases that $DATABASES names into /backup/RUN.sql.gz, as they are at one instant.
set -euo pipefail # with pipefail the exit code of the dump is not hidden by that of gzip
umask 077
export MYSQL_PWD
MYSQL_PWD=$(cat /run/secrets/root-password)
file=/backup/$SHIPBELL_RUN.sql.gz
trap 'rm -f "$file.part"' EXIT

mariadb-dump --host=mysql --user=root --single-transaction --routines --events --databases $DATABASES | gzip >"$file.part"
mv "$file.part" "$file"
find /backup -name 'mysql-dump-*' -mtime +14 -delete
echo "$file: $(stat -c %s "$file") bytes"
