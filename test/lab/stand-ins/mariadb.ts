import { debianWith } from "./debian-with.ts";

/** Makes a database in an empty data folder, with a password for root, and serves it, as the public image does. */
const entrypoint = `#!/bin/sh
set -e
[ "\${1:-mariadbd}" = mariadbd ] || exec "$@"
if [ ! -d /var/lib/mysql/mysql ]; then
  password="\${MARIADB_ROOT_PASSWORD:-$(cat "\${MARIADB_ROOT_PASSWORD_FILE:-/dev/null}")}"
  [ -n "$password" ] || { echo "no password for root: MARIADB_ROOT_PASSWORD or MARIADB_ROOT_PASSWORD_FILE" >&2; exit 1; }
  chown mysql:mysql /var/lib/mysql
  mariadb-install-db --user=mysql --skip-test-db --auth-root-authentication-method=normal >/dev/null
  {
    echo "ALTER USER root@localhost IDENTIFIED BY '$password';"
    echo "CREATE USER root@'%' IDENTIFIED BY '$password';"
    echo "GRANT ALL ON *.* TO root@'%' WITH GRANT OPTION;"
    [ -z "$MARIADB_DATABASE" ] || echo "CREATE DATABASE \\\`$MARIADB_DATABASE\\\`;"
  } >/tmp/init.sql
  chown mysql /tmp/init.sql
  set -- "$@" --init-file=/tmp/init.sql
fi
exec "$@" --user=mysql
`;

/** Debian's server, its tools for dumps and for archives of its files. */
export const mariadb = debianWith({
  image: "mariadb:11",
  version: "1",
  packages: ["mariadb-server-core", "mariadb-client", "mariadb-backup"],
  scripts: { "usr/local/bin/docker-entrypoint.sh": entrypoint },
  lines: [
    "RUN useradd --system --no-create-home mysql && install -d -o mysql -g mysql /var/lib/mysql /run/mysqld",
    "VOLUME /var/lib/mysql",
    "EXPOSE 3306",
    'ENTRYPOINT ["docker-entrypoint.sh"]',
    'CMD ["mariadbd"]',
  ],
});
