import { debianWith } from "./debian-with.ts";

/** In the places of the public image: records in /usr/share/nginx/html, servers in /etc/nginx/conf.d. */
const server = `server {
  listen 80;
  root /usr/share/nginx/html;
}
`;

export const nginx = debianWith({
  image: "nginx:1.27",
  version: "1",
  packages: ["nginx-light"],
  scripts: { "etc/nginx/conf.d/default.conf": server },
  lines: [
    "RUN rm /etc/nginx/sites-enabled/default && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log",
    "EXPOSE 80",
    'CMD ["nginx", "-g", "daemon off;"]',
  ],
});
