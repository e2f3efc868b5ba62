#!/bin/sh
# restore-dump.sh FILE.sql.gz NAME: a new database in the container NAME, with the content of the dump.
set -eu
file=${1:?FILE.sql.gz} name=${2:?NAME}
secrets=${MYSQL_SECRETS:-/srv/mysql/secrets}
# In a pipe, its exit code would be hidden by that of the reader.
gunzip --test "$file"

docker create --name "$name-data" --volume "$name:/var/lib/mysql" --entrypoint true mariadb:11
docker run --detach --name "$name" --volumes-from "$name-data" --volume "$secrets:/run/secrets:ro" \
  --env MARIADB_ROOT_PASSWORD_FILE=/run/secrets/root-password mariadb:11
sql() { docker exec --interactive "$name" sh -c 'MYSQL_PWD=$(cat /run/secrets/root-password) mariadb --host=127.0.0.1 --user=root'; }
tries=120
until echo 'SELECT 1' | sql >/dev/null 2>&1; do
  tries=$((tries - 1))
  [ $tries -gt 0 ] || { docker logs --tail 20 "$name" >&2; exit 1; }
  sleep 0.5
done
gunzip --stdout "$file" | sql
