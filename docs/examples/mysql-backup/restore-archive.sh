#!/bin/sh
# restore-archive.sh FILE.tar.gz NAME: a new database in the container NAME, with the files of the archive.
set -eu
file=${1:?FILE.tar.gz} name=${2:?NAME}
# Before anything is created from it.
gunzip --test "$file"

docker create --name "$name-data" --volume "$name:/var/lib/mysql" --entrypoint true mariadb:11
docker run --rm --interactive --volumes-from "$name-data" mariadb:11 \
  bash -ec 'tar -C /var/lib/mysql -xz && chown -R mysql:mysql /var/lib/mysql' <"$file"
# Its users and their passwords are in the archive too.
docker run --detach --name "$name" --volumes-from "$name-data" mariadb:11
